#compdef ringlet clown
# Completion of ringlet for zsh. Made by: ringlet completion zsh

_ringlet() {
    local kind
    local -a lines
    lines=(${(f)"$(${words[1]} __complete zsh "${(@Q)words[2,CURRENT]}" 2>/dev/null)"})
    kind=${lines[1]}
    lines=(${lines[2,-1]})
    case $kind in
        files) _files ;;
        folders) _files -/ ;;
        *) (( ${#lines} )) && _describe -V 'ringlet' lines ;;
    esac
}

if [[ ${funcstack[1]} == _ringlet ]]; then
    _ringlet "$@"
else
    compdef _ringlet ringlet clown
fi
