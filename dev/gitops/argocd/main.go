// SPDX-License-Identifier: Apache-2.0

// Compares and applies a manifest as Argo CD's application controller does, with its GitOps engine: see dev/gitops-apply.
package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"acrcredential.io/dev/gitops/command"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"sigs.k8s.io/yaml"
)

// The field manager of Argo CD (ArgoCDSSAManager in its common/common.go).
const fieldManager = "argocd-controller"

// ignorePullSecrets is the normalizer that Argo CD makes of ignoreDifferences with this JSON pointer.
type ignorePullSecrets struct{}

func (ignorePullSecrets) Normalize(object *unstructured.Unstructured) error {
	unstructured.RemoveNestedField(object.Object, "imagePullSecrets")
	return nil
}

func main() {
	klog.SetLogger(logr.Discard())
	command.Run("argocd apply|diff FILE NAMESPACE [--server-side] [--ignore-pull-secrets]", run)
}

func run(config *rest.Config, arguments command.Arguments) error {
	target, err := read(arguments.File, arguments.Namespace)
	if err != nil {
		return err
	}
	engine := &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}
	live, err := engine.GetResource(
		context.Background(), config, target.GroupVersionKind(), target.GetName(), target.GetNamespace())
	if apierrors.IsNotFound(err) {
		live, err = nil, nil
	}
	if err != nil {
		return err
	}

	serverSide := slices.Contains(arguments.Options, "--server-side")
	if arguments.Verb == "apply" {
		return apply(engine, config, target, live, serverSide)
	}
	return compare(engine, config, target, live, serverSide, slices.Contains(arguments.Options, "--ignore-pull-secrets"))
}

func read(file, namespace string) (*unstructured.Unstructured, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	target := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(text, &target.Object); err != nil {
		return nil, err
	}
	if namespace != "-" {
		target.SetNamespace(namespace)
	}
	// Argo CD tracks its resources by this annotation.
	target.SetAnnotations(map[string]string{
		"argocd.argoproj.io/tracking-id": "app:/" + target.GetKind() + ":" + target.GetNamespace() + "/" + target.GetName(),
	})
	return target, nil
}

func apply(engine kube.Kubectl, config *rest.Config, target, live *unstructured.Unstructured, serverSide bool) error {
	resources := sync.ReconciliationResult{
		Target: []*unstructured.Unstructured{target},
		Live:   []*unstructured.Unstructured{live},
	}
	operation, cleanup, err := sync.NewSyncContext("revision", resources, config, config, engine, target.GetNamespace(),
		sync.WithLogr(logr.Discard()),
		sync.WithServerSideApply(serverSide),
		sync.WithServerSideApplyManager(fieldManager))
	if err != nil {
		return err
	}
	defer cleanup()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		operation.Sync()
		phase, message, results := operation.GetState()
		if !phase.Completed() {
			continue
		}
		for _, result := range results {
			fmt.Println(result.ResourceKey.String(), result.Message)
		}
		if !phase.Successful() {
			return fmt.Errorf("the sync failed: %s", message)
		}
		return nil
	}
	return fmt.Errorf("the sync took more than a minute")
}

func compare(
	engine kube.Kubectl, config *rest.Config, target, live *unstructured.Unstructured, serverSide, ignore bool,
) error {
	options := []diff.Option{
		diff.WithLogr(logr.Discard()),
		diff.WithManager(fieldManager),
		diff.WithServerSideDiff(serverSide),
	}
	if ignore {
		options = append(options, diff.WithNormalizer(ignorePullSecrets{}))
	}
	if serverSide {
		_, parser, err := engine.LoadOpenAPISchema(config)
		if err != nil {
			return err
		}
		applier, cleanup, err := engine.ManageServerSideDiffDryRuns(config)
		if err != nil {
			return err
		}
		defer cleanup()
		options = append(options,
			diff.WithGVKParser(parser), diff.WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(applier)))
	}
	result, err := diff.Diff(target, live, options...)
	if err != nil {
		return err
	}
	command.PrintComparison(!result.Modified)
	return nil
}
