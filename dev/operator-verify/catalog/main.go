// Reads a file-based catalog as a registry does, and fails where that would: what `opm validate` does, without the
// rest of opm, which is a container tool.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/operator-framework/operator-registry/alpha/declcfg"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "Usage: catalog FOLDER")
		os.Exit(2)
	}
	catalog, err := declcfg.LoadFS(context.Background(), os.DirFS(os.Args[1]))
	if err == nil {
		_, err = declcfg.ConvertToModel(*catalog)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, channel := range catalog.Channels {
		for _, entry := range channel.Entries {
			fmt.Printf("%s %s %s replaces=%s skipRange=%s\n", channel.Package, channel.Name, entry.Name, entry.Replaces, entry.SkipRange)
		}
	}
}
