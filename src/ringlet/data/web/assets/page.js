// Sign in with the code that `ringlet ui` puts behind the #, and show what the daemon says of itself.
"use strict";

async function ask(method, path, body) {
  const headers = {};
  const token = sessionStorage.getItem("token");
  if (token) headers["Authorization"] = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(`/api${path}`, { method, headers, body: body && JSON.stringify(body) });
  const answer = await response.json();
  if (!answer.success) throw new Error(`${answer.error.message}. ${answer.error.hint}`);
  return answer.data;
}

async function start() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  history.replaceState(null, "", location.pathname);
  if (code) sessionStorage.setItem("token", (await ask("POST", "/session", { code })).token);
  if (!sessionStorage.getItem("token")) return;
  const status = await ask("GET", "/daemon/status");
  document.getElementById("status").textContent = JSON.stringify(status, null, 2);
}

start().catch((error) => {
  sessionStorage.removeItem("token");
  document.getElementById("status").textContent = error.message;
});
