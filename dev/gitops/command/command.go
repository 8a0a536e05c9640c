// SPDX-License-Identifier: Apache-2.0

// Package command is what the programs of dev/gitops-apply have in common.
package command

import (
	"fmt"
	"os"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Arguments of a program. Verb is apply or diff, Namespace is - if the object has none.
type Arguments struct {
	Verb, File, Namespace string
	Options               []string
}

// Run calls a program with its arguments and the cluster of KUBECONFIG. An error ends the process with exit code 1.
func Run(usage string, program func(*rest.Config, Arguments) error) {
	if err := run(usage, program); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(usage string, program func(*rest.Config, Arguments) error) error {
	if len(os.Args) < 4 {
		return fmt.Errorf("usage: %s", usage)
	}
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		clientcmd.NewDefaultClientConfigLoadingRules(), nil).ClientConfig()
	if err != nil {
		return err
	}
	return program(config, Arguments{os.Args[1], os.Args[2], os.Args[3], os.Args[4:]})
}

// PrintComparison says whether an object in the cluster is as the manifest wants it.
func PrintComparison(inSync bool) {
	if inSync {
		fmt.Println("in sync")
	} else {
		fmt.Println("out of sync")
	}
}
