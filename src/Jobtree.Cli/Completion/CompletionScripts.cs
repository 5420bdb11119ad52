namespace Jobtree.Cli.Completion;

/// <summary>The scripts that connect shell completion to the hidden command.</summary>
internal static class CompletionScripts
{
    /// <summary>For bash 4 or later.</summary>
    public const string Bash =
        """
        # bash completion for kubectl-runs
        _kubectl_runs() {
            local current="${COMP_WORDS[COMP_CWORD]}" answer directive line
            local IFS=$'\n'
            COMPREPLY=()
            answer="$("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" || return
            directive="${answer##*$'\n'}"
            for line in ${answer%"$directive"}; do
                COMPREPLY+=("${line%%$'\t'*}")
            done
            if [[ $directive == ":0" ]]; then
                compopt -o filenames 2>/dev/null
                COMPREPLY+=($(compgen -f -- "$current"))
            fi
        }
        complete -F _kubectl_runs kubectl-runs

        """;

    /// <summary>For zsh, with its completion system loaded.</summary>
    public const string Zsh =
        """
        #compdef kubectl-runs
        _kubectl_runs() {
            local -a lines described
            local directive line name
            lines=("${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
            directive="${lines[-1]}"
            for line in "${(@)lines[1,-2]}"; do
                name="${line%%$'\t'*}"
                if [[ "$line" == *$'\t'* ]]; then
                    described+=("${name//:/\\:}:${line#*$'\t'}")
                else
                    described+=("${name//:/\\:}")
                fi
            done
            _describe -t values 'kubectl-runs' described
            [[ "$directive" == ":0" ]] && _files
        }
        if [[ "${funcstack[1]}" == "_kubectl_runs" ]]; then
            _kubectl_runs "$@"
        else
            compdef _kubectl_runs kubectl-runs
        fi

        """;

    /// <summary>For fish 3 or later.</summary>
    public const string Fish =
        """
        # fish completion for kubectl-runs
        function __kubectl_runs_complete
            set -l words (commandline -opc) (commandline -ct)
            set -l answer ($words[1] __complete -- $words[2..-1] 2>/dev/null)
            or return
            for line in $answer[1..-2]
                echo $line
            end
            if test "$answer[-1]" = ":0"
                __fish_complete_path (commandline -ct)
            end
        end
        complete -c kubectl-runs -f -a '(__kubectl_runs_complete)'

        """;
}
