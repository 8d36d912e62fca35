# Completion of ringlet for bash. Made by: ringlet completion bash

_ringlet() {
    local word=${COMP_WORDS[COMP_CWORD]} kind= value
    # bash takes = and : for words of their own.
    [[ $word == [=:] ]] && word=
    COMPREPLY=()
    {
        read -r kind
        while IFS=$'\t' read -r value _; do
            COMPREPLY+=("$value")
        done
    } < <("$1" __complete bash "${COMP_LINE:0:COMP_POINT}" "$word" 2>/dev/null)
    case $kind in
        files) compopt -o default ;;
        folders) compopt -o dirnames ;;
    esac
}

complete -F _ringlet ringlet clown
