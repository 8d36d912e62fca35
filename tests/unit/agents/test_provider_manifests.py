from __future__ import annotations

import pytest

from ringlet.agents.documents import parse_document
from ringlet.agents.problems import ManifestError
from ringlet.agents.providers import parse_provider
from ringlet.domain.providers import Api, Provider

GOOD = """\
id = "gateway"
name = "Gateway"
type = "openai-compatible"

[endpoints]
default = "https://gateway.example/v1/"

[auth]
env_key = "GATEWAY_KEY"
"""


def parse(text: str) -> Provider:
    return parse_provider(parse_document("gateway.toml", text.encode()), source="here")


def test_a_default_that_is_a_url_becomes_the_endpoint_default() -> None:
    provider = parse(GOOD)
    assert provider.endpoints == {"default": "https://gateway.example/v1"}
    assert provider.default_endpoint == "default"
    assert provider.spoken == (Api.CHAT,)


def test_a_default_that_is_a_name_points_at_the_other_endpoint() -> None:
    provider = parse(
        GOOD.replace(
            'default = "https://gateway.example/v1/"',
            'eu = "https://eu.example"\nus = "http://us.example:8080"\ndefault = "us"',
        )
    )
    assert set(provider.endpoints) == {"eu", "us"}
    assert provider.default_endpoint == "us"


def test_a_url_as_default_stands_beside_named_endpoints() -> None:
    provider = parse(GOOD.replace("[auth]", 'eu = "https://eu.example"\n[auth]'))
    assert set(provider.endpoints) == {"default", "eu"}
    assert provider.default_endpoint == "default"


def test_a_single_endpoint_is_the_default_without_saying_so() -> None:
    assert parse(GOOD.replace("default =", "eu =")).default_endpoint == "eu"


def test_an_empty_default_model_means_none() -> None:
    assert parse(GOOD + "[models]\ndefault = ''\n").models.default is None


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ('id = "gateway"', 'id = "a b"', 1, "id"),
        ('type = "openai-compatible"', 'type = "soap"', 3, "type"),
        ('type = "openai-compatible"\n', "", None, "type"),
        ("https://gateway.example/v1/", "nowhere", 6, "endpoints.default"),
        ("https://gateway.example/v1/", "default", 6, "endpoints.default"),
        ("https://gateway.example/v1/", "", 6, "endpoints.default"),
        ("https://gateway.example/v1/", "ftp://gateway.example", 6, "endpoints.default"),
        ("https://gateway.example/v1/", "https://", 6, "endpoints.default"),
        ("https://gateway.example/v1/", "https://[::1", 6, "endpoints.default"),
        ("https://gateway.example/v1/", "https://me:pass@gateway.example", 6, "endpoints.default"),
        ("https://gateway.example/v1/", "https://gateway.example?a=b", 6, "endpoints.default"),
        ("https://gateway.example/v1/", "https://gateway.example/a b", 6, "endpoints.default"),
        ('default = "https://gateway.example/v1/"', "", 5, "endpoints"),
        ("default =", "eu = 'https://a.example'\nus =", 5, "endpoints.default"),
        ('env_key = "GATEWAY_KEY"', "", 8, "auth.env_key"),
        ("GATEWAY_KEY", "GATEWAY KEY", 9, "auth.env_key"),
        ("[auth]", "[models]\navailable = ['a']\ndefault = 'b'\n[auth]", 10, "models.default"),
        ("[auth]", "[models]\navailible = ['a']\n[auth]", 9, "models.availible"),
    ],
)
def test_a_broken_provider_is_reported_with_line_and_key(
    old: str, new: str, line: int | None, key: str
) -> None:
    with pytest.raises(ManifestError) as caught:
        parse(GOOD.replace(old, new))
    assert (caught.value.problems[0].line, caught.value.problems[0].key) == (line, key)


def test_a_password_in_a_url_is_not_repeated_in_the_message() -> None:
    with pytest.raises(ManifestError) as caught:
        parse(GOOD.replace("https://gateway", "https://me:hunter2@gateway"))
    assert "hunter2" not in str(caught.value)
