package commands

import (
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/accord-broker/accord/internal/support/release"
)

// newMan writes the manual pages, for those who make packages.
func newMan() *cobra.Command {
	return &cobra.Command{
		Use: "man FOLDER", Short: "Write a manual page for each command into a folder", Args: namedWords, Hidden: true,
		Annotations: map[string]string{withoutSettings: "true"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o750); err != nil {
				return fail(err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			header := &doc.GenManHeader{Section: "1", Source: "Accord " + release.Version(), Manual: "User Commands"}
			return fail(doc.GenManTree(root, header, args[0]))
		},
	}
}
