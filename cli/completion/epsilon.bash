# SPDX-License-Identifier: Apache-2.0
# bash completion for epsilon. bash 3.2 or newer; asks nothing of the bash-completion package.

# Adds the candidates that begin with the current word.
_epsilon_words() {
    local word
    for word in $1; do
        case $word in
            "$cur"*) COMPREPLY+=("$word") ;;
        esac
    done
}

# Adds modules and folders. Where there are none, readline goes on to all files.
_epsilon_modules() {
    local file
    while IFS= read -r file; do
        COMPREPLY+=("$file")
    done < <(
        compgen -f -X '!*.wa[st]*' -- "$cur"
        compgen -d -- "$cur"
    )
    type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
}

_epsilon_directories() {
    local folder
    while IFS= read -r folder; do
        COMPREPLY+=("$folder")
    done < <(compgen -d -- "$cur")
    type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
}

_epsilon() {
    local cur=${COMP_WORDS[COMP_CWORD]} command='' file='' skip='' i word
    local commands='run repl validate inspect wat help'
    local limits='--max-memory --max-total-memory --max-stack --timeout --max-call-depth --fuel'
    limits+=' --tiers --perf-map'
    local ways='interpreter compiled tiered'
    local wasi='--dir --dir-ro --env --arg --argv0'
    COMPREPLY=()

    # What stands before the current word: the command, the file, an option that wants a value.
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [ "$word" = '=' ]; then # readline makes three words of --timeout=1s
            case ${COMP_WORDS[i - 1]} in
                --dir | --dir-ro) skip=directory ;;
                --tiers) skip=ways ;;
                *) skip=yes ;;
            esac
        elif [ -n "$skip" ]; then
            skip=''
        else
            case $word in
                --dir | --dir-ro) skip=directory ;;
                --tiers) skip=ways ;;
                --max-memory | --max-total-memory | --max-stack | --timeout | --max-call-depth | \
                    --fuel | --env | --arg | --argv0 | --invoke | --cells | --asm | -o | --output)
                    skip=yes
                    ;;
                -?*) ;;
                run | repl | validate | inspect | wat | help)
                    if [ "$i" -eq 1 ]; then command=$word; else file=${file:-$word}; fi
                    ;;
                *) file=${file:-$word} ;;
            esac
        fi
    done
    if [ "$cur" = '=' ]; then
        cur=''
        case ${COMP_WORDS[COMP_CWORD - 1]} in
            --dir | --dir-ro) skip=directory ;;
            --tiers) skip=ways ;;
            *) skip=yes ;;
        esac
    fi

    case $command in
        '' | run | repl)
            if [ "$skip" = ways ]; then
                _epsilon_words "$ways"
                return 0
            fi
            ;;
    esac
    case $command in
        '' | run)
            if [ "$skip" = directory ]; then
                _epsilon_directories
                return 0
            fi
            if [ -n "$skip" ] || [ -n "$file" ]; then
                return 0 # a value, or what belongs to the program
            fi
            case $cur in
                -*)
                    _epsilon_words "$limits $wasi --allow-escapes --help -h"
                    if [ "$command" = run ]; then
                        _epsilon_words '--invoke'
                    else
                        _epsilon_words '--version'
                    fi
                    ;;
                *)
                    if [ -z "$command" ] && [ "$COMP_CWORD" -eq 1 ]; then
                        _epsilon_words "$commands"
                    fi
                    _epsilon_modules
                    ;;
            esac
            ;;
        repl)
            if [ -z "$skip" ]; then
                _epsilon_words "$limits $wasi --allow-escapes --help -h"
            fi
            ;;
        validate)
            case $cur in
                -*) _epsilon_words '--help -h' ;;
                *) _epsilon_modules ;;
            esac
            ;;
        inspect)
            if [ -z "$skip" ]; then
                case $cur in
                    -*) _epsilon_words '--json --cells --asm --help -h' ;;
                    *) _epsilon_modules ;;
                esac
            fi
            ;;
        wat)
            case $cur in
                -*) _epsilon_words '--output -o --help -h' ;;
                *) _epsilon_modules ;;
            esac
            ;;
        help)
            case $cur in
                -*) _epsilon_words '--help -h' ;;
                *) _epsilon_words 'run repl validate inspect wat' ;;
            esac
            ;;
    esac
    return 0
}

complete -o bashdefault -o default -F _epsilon epsilon
