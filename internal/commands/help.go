package commands

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// withoutSettings marks a command that reads no settings, so its help lists none.
const withoutSettings = "without settings"

// usage tells how a command is called, in 80 columns. Texts stand below their
// flags, since beside the long names there would be no room for them.
func usage(cmd *cobra.Command) error {
	out := cmd.OutOrStdout()
	fmt.Fprintln(out, "Usage:")
	if cmd.Runnable() {
		fmt.Fprintln(out, "  "+cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintln(out, "  "+cmd.CommandPath()+" [command]")
		writeCommands(out, cmd)
	}
	if cmd.HasExample() {
		fmt.Fprintln(out, "\nExamples:\n"+cmd.Example)
	}
	writeFlags(out, "Flags", cmd.LocalNonPersistentFlags())
	if cmd.Annotations[withoutSettings] == "" {
		writeFlags(out, "Settings", cmd.Root().PersistentFlags())
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(out, "\n%s [command] --help tells more about a command.\n", cmd.CommandPath())
	}
	return nil
}

// narrowHelp breaks lines of text that do not fit into 80 columns: the library's
// own commands have some. Lines that are set in, as examples are, stay whole.
func narrowHelp(cmd *cobra.Command) {
	lines := strings.Split(cmd.Long, "\n")
	for i, line := range lines {
		if len(line) > 80 && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			lines[i] = wrapped(line, "")
		}
	}
	cmd.Long = strings.Join(lines, "\n")
	for _, below := range cmd.Commands() {
		narrowHelp(below)
	}
}

func writeCommands(out io.Writer, cmd *cobra.Command) {
	fmt.Fprintln(out, "\nCommands:")
	for _, below := range cmd.Commands() {
		if below.IsAvailableCommand() || below.Name() == "help" {
			fmt.Fprintf(out, "  %-16s %s\n", below.Name(), below.Short)
		}
	}
}

func writeFlags(out io.Writer, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintln(out, "\n"+title+":")
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Hidden {
			return
		}
		argument, text := pflag.UnquoteUsage(flag)
		if flag.DefValue != "" && flag.DefValue != "false" && flag.DefValue != "[]" {
			text += " (default " + flag.DefValue + ")"
		}
		fmt.Fprintln(out, strings.TrimRight("  "+spelled(flag)+" "+argument, " "))
		fmt.Fprintln(out, wrapped(text, "        "))
	})
}

func spelled(flag *pflag.Flag) string {
	if flag.Shorthand == "" {
		return "--" + flag.Name
	}
	return "-" + flag.Shorthand + ", --" + flag.Name
}
