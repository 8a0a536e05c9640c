// SPDX-License-Identifier: Apache-2.0

// Applies a manifest as Flux's kustomize-controller does, with its library: see dev/gitops-apply.
package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/jsondiff"
	"github.com/fluxcd/pkg/ssa/utils"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func main() {
	if len(os.Args) < 4 {
		fail(fmt.Errorf("usage: flux apply|diff FILE NAMESPACE [--ignore-pull-secrets]"))
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fail(err)
	}
}

func run(verb, file, namespace string, options []string) error {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		clientcmd.NewDefaultClientConfigLoadingRules(), nil).ClientConfig()
	if err != nil {
		return err
	}
	kube, err := client.New(config, client.Options{})
	if err != nil {
		return err
	}
	owner := ssa.Owner{Field: "kustomize-controller", Group: "kustomize.toolkit.fluxcd.io"}
	manager := ssa.NewResourceManager(kube, nil, owner)
	objects, err := read(file)
	if err != nil {
		return err
	}
	manager.SetOwnerLabels(objects, "app", "flux-system")
	for _, object := range objects {
		if namespace != "-" {
			object.SetNamespace(namespace)
		}
	}

	var ignored []jsondiff.IgnoreRule
	if slices.Contains(options, "--ignore-pull-secrets") {
		accounts := &jsondiff.Selector{Kind: "ServiceAccount"}
		ignored = []jsondiff.IgnoreRule{{Paths: []string{"/imagePullSecrets"}, Selector: accounts}}
	}
	if verb == "apply" {
		return apply(manager, objects, ignored)
	}
	return diff(manager, objects, ignored)
}

func read(file string) ([]*unstructured.Unstructured, error) {
	manifest, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer manifest.Close()
	return utils.ReadObjects(manifest)
}

func apply(manager *ssa.ResourceManager, objects []*unstructured.Unstructured, ignored []jsondiff.IgnoreRule) error {
	options := ssa.DefaultApplyOptions()
	options.DriftIgnoreRules = ignored
	changes, err := manager.ApplyAll(context.Background(), objects, options)
	if err != nil {
		return err
	}
	for _, change := range changes.Entries {
		fmt.Println(change.Subject, change.Action)
	}
	return nil
}

func diff(manager *ssa.ResourceManager, objects []*unstructured.Unstructured, ignored []jsondiff.IgnoreRule) error {
	options := ssa.DefaultDiffOptions()
	options.DriftIgnoreRules = ignored
	inSync := true
	for _, object := range objects {
		change, _, _, err := manager.Diff(context.Background(), object, options)
		if err != nil {
			return err
		}
		inSync = inSync && change.Action == ssa.UnchangedAction
	}
	if inSync {
		fmt.Println("in sync")
	} else {
		fmt.Println("out of sync")
	}
	return nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
