// Reads a compose file as Docker Compose does, strictly, and prints the project as JSON.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func run(file string) error {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithName("gamsa"), cli.WithResolvedPaths(false))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	told, err := project.MarshalJSON()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(told)
	return err
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
