# SPDX-License-Identifier: Apache-2.0
# fish completion for epsilon.

function __epsilon_modules
    __fish_complete_suffix .wasm
    __fish_complete_suffix .wat
end

# True until the file was named: what follows it belongs to the program.
function __epsilon_before_file
    set -l words (commandline -opc)
    set -e words[1]
    contains -- "$words[1]" run repl; and set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --max-memory --max-total-memory --max-stack --timeout --max-call-depth --fuel --tiers --dir --dir-ro --env --arg --argv0 --invoke
                set -e words[1]
            case '-*'
            case '*'
                return 1
        end
        set -e words[1]
    end
    return 0
end

# True behind the file of a program that is run.
function __epsilon_in_program
    set -l words (commandline -opc)
    not contains -- "$words[2]" repl validate inspect wat help; and not __epsilon_before_file
end

function __epsilon_command
    set -l words (commandline -opc)
    test "$words[2]" = "$argv[1]"
end

complete -c epsilon -f
complete -c epsilon -n 'not __epsilon_in_program' -s h -l help -d 'Print help'
complete -c epsilon -n __fish_is_first_arg -l version -d 'Print the version'
complete -c epsilon -n __fish_is_first_arg -a run -d 'Run a program, or call a function of it'
complete -c epsilon -n __fish_is_first_arg -a repl -d 'Load modules and call functions, command by command'
complete -c epsilon -n __fish_is_first_arg -a validate -d 'Check modules without running them'
complete -c epsilon -n __fish_is_first_arg -a inspect -d 'Print what modules contain'
complete -c epsilon -n __fish_is_first_arg -a wat -d 'Convert a module to text, or from text'
complete -c epsilon -n __fish_is_first_arg -a help -d 'Print help, for all or for a command'

complete -c epsilon -n __epsilon_before_file -l max-memory -x -d 'Cap of each memory'
complete -c epsilon -n __epsilon_before_file -l max-total-memory -x -d 'Cap of all memories and tables together'
complete -c epsilon -n __epsilon_before_file -l max-stack -x -d 'Size of the program\'s stack'
complete -c epsilon -n __epsilon_before_file -l timeout -x -d 'Stop the program after this time'
complete -c epsilon -n __epsilon_before_file -l max-call-depth -x -d 'Trap beyond this many frames'
complete -c epsilon -n __epsilon_before_file -l fuel -x -d 'Stop the program after about this many instructions'
complete -c epsilon -n __epsilon_before_file -l tiers -x -a 'interpreter compiled tiered' -d 'How to execute the program'
complete -c epsilon -n __epsilon_before_file -l perf-map -d 'Write the names of compiled functions for perf'
complete -c epsilon -n __epsilon_before_file -l dir -x -a '(__fish_complete_directories)' -d 'Give the program a directory'
complete -c epsilon -n __epsilon_before_file -l dir-ro -x -a '(__fish_complete_directories)' -d 'Give the program a directory that it can\'t change'
complete -c epsilon -n __epsilon_before_file -l env -x -d 'Set a variable'
complete -c epsilon -n __epsilon_before_file -l arg -x -d 'An argument, before those after the file'
complete -c epsilon -n __epsilon_before_file -l argv0 -x -d 'The program\'s name for itself'
complete -c epsilon -n __epsilon_before_file -l allow-escapes -d 'Let the program control the terminal'
complete -c epsilon -n '__epsilon_before_file; and not __epsilon_command repl' -a '(__epsilon_modules)'
complete -c epsilon -n '__epsilon_command run; and __epsilon_before_file' -l invoke -x -d 'Function to call'
# What follows the file: arguments, which may be files.
complete -c epsilon -n __epsilon_in_program -F

complete -c epsilon -n '__epsilon_command validate' -k -a '(__epsilon_modules)'
complete -c epsilon -n '__epsilon_command inspect' -l json -d 'Print a JSON object for each'
complete -c epsilon -n '__epsilon_command inspect' -l cells -x -d 'Print the cells of a function'
complete -c epsilon -n '__epsilon_command inspect' -l asm -x -d 'Print the machine code of a function'
complete -c epsilon -n '__epsilon_command inspect' -k -a '(__epsilon_modules)'
complete -c epsilon -n '__epsilon_command wat' -s o -l output -r -F -d 'File to write'
complete -c epsilon -n '__epsilon_command wat' -k -a '(__epsilon_modules)'
complete -c epsilon -n '__epsilon_command help' -f -a 'run repl validate inspect wat'
