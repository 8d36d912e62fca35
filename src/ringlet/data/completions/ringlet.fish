# Completion of ringlet for fish. Made by: ringlet completion fish

function __ringlet_complete
    set -l words (commandline -opc)
    set -l program $words[1]
    set -e words[1]
    set -l word (commandline -ct)
    set -l lines ($program __complete fish $words "$word" 2>/dev/null)
    set -l kind $lines[1]
    set -e lines[1]
    switch "$kind"
        case files
            __fish_complete_path "$word"
        case folders
            __fish_complete_directories "$word"
        case '*'
            printf '%s\n' $lines
    end
end

for program in ringlet clown
    complete -c $program -f -k -a '(__ringlet_complete)'
end
