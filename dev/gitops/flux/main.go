// SPDX-License-Identifier: Apache-2.0

// Applies a manifest as Flux's kustomize-controller does, with its library: see dev/gitops-apply.
package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"acrcredential.io/dev/gitops/command"
	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/jsondiff"
	"github.com/fluxcd/pkg/ssa/utils"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func main() {
	command.Run("flux apply|diff FILE NAMESPACE [--ignore-pull-secrets]", run)
}

func run(config *rest.Config, arguments command.Arguments) error {
	kube, err := client.New(config, client.Options{})
	if err != nil {
		return err
	}
	owner := ssa.Owner{Field: "kustomize-controller", Group: "kustomize.toolkit.fluxcd.io"}
	manager := ssa.NewResourceManager(kube, nil, owner)
	objects, err := read(arguments.File)
	if err != nil {
		return err
	}
	manager.SetOwnerLabels(objects, "app", "flux-system")
	for _, object := range objects {
		if arguments.Namespace != "-" {
			object.SetNamespace(arguments.Namespace)
		}
	}

	var ignored []jsondiff.IgnoreRule
	if slices.Contains(arguments.Options, "--ignore-pull-secrets") {
		accounts := &jsondiff.Selector{Kind: "ServiceAccount"}
		ignored = []jsondiff.IgnoreRule{{Paths: []string{"/imagePullSecrets"}, Selector: accounts}}
	}
	if arguments.Verb == "apply" {
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
	command.PrintComparison(inSync)
	return nil
}
