package canideploy

import (
	"fmt"
	"strings"
)

// completionScript returns the script that teaches the shell the options. It
// returns a *usageError for a shell it does not know.
func completionScript(shell string, options []option) (string, error) {
	switch shell {
	case "bash":
		return bashCompletion(options), nil
	case "zsh":
		return zshCompletion(options), nil
	case "fish":
		return fishCompletion(options), nil
	}
	return "", misuse("there is a completion for bash, zsh and fish, not for %q", shell)
}

func bashCompletion(options []option) string {
	var words []string
	var cases strings.Builder
	for _, o := range options {
		names := dashed(o)
		words = append(words, names...)
		if o.takes == takesNothing {
			continue
		}
		fmt.Fprintf(&cases, "    %s) COMPREPLY=(%s); return ;;\n", strings.Join(names, "|"), bashValues(o))
	}
	return fmt.Sprintf(`# Completion of can-i-deploy for bash; load it with
#   source <(can-i-deploy --completion bash)
_can_i_deploy() {
  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"
  case "$before" in
%s  esac
  COMPREPLY=($(compgen -W "%s" -- "$word"))
}
complete -F _can_i_deploy can-i-deploy
`, cases.String(), strings.Join(words, " "))
}

func bashValues(o option) string {
	switch {
	case o.choices != nil:
		return fmt.Sprintf(`$(compgen -W "%s" -- "$word")`, strings.Join(o.choices, " "))
	case o.file:
		return `$(compgen -f -- "$word")`
	}
	return ""
}

func dashed(o option) []string {
	var names []string
	if o.short != "" {
		names = append(names, "-"+o.short)
	}
	names = append(names, "--"+o.name)
	for _, name := range o.also {
		names = append(names, "--"+name)
	}
	return names
}

func zshCompletion(options []option) string {
	var b strings.Builder
	b.WriteString("#compdef can-i-deploy\n# Completion of can-i-deploy for zsh; load it with\n" +
		"#   source <(can-i-deploy --completion zsh)\n_can_i_deploy() {\n  _arguments -s \\\n")
	for _, o := range options {
		for _, name := range dashed(o) {
			fmt.Fprintf(&b, "    '*%s[%s]%s' \\\n", name, zshText(o.text), zshValue(o))
		}
	}
	b.WriteString("    && return\n}\ncompdef _can_i_deploy can-i-deploy\n")
	return b.String()
}

func zshText(words string) string {
	return strings.NewReplacer("'", "’", "[", "(", "]", ")", ":", "\\:").Replace(words)
}

func zshValue(o option) string {
	action := " "
	switch {
	case o.choices != nil:
		action = "(" + strings.Join(o.choices, " ") + ")"
	case o.file:
		action = "_files"
	}
	switch o.takes {
	case takesValue:
		return ":" + o.arg + ":" + action
	case takesMaybe:
		return "::" + o.arg + ":" + action
	}
	return ""
}

func fishCompletion(options []option) string {
	var b strings.Builder
	b.WriteString("# Completion of can-i-deploy for fish; load it with\n#   can-i-deploy --completion fish | source\n" +
		"complete -c can-i-deploy -f\n")
	for _, o := range options {
		b.WriteString("complete -c can-i-deploy")
		if o.short != "" {
			b.WriteString(" -s " + o.short)
		}
		for _, name := range append([]string{o.name}, o.also...) {
			b.WriteString(" -l " + name)
		}
		b.WriteString(fishValue(o) + " -d '" + strings.ReplaceAll(o.text, "'", "\\'") + "'\n")
	}
	return b.String()
}

func fishValue(o option) string {
	switch {
	case o.takes != takesValue:
		return ""
	case o.choices != nil:
		return " -x -a '" + strings.Join(o.choices, " ") + "'"
	case o.file:
		return " -r -F"
	}
	return " -x"
}
