// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.facts;

/**
 * What is to be explained.
 *
 * @param namespace empty for an image and a policy
 * @param name of the object; the reference of an image
 */
public record Subject(Kind kind, String namespace, String name) {

  /** The kinds, as the command line names them. */
  public enum Kind {
    POD,
    SERVICE_ACCOUNT,
    NAMESPACE,
    IMAGE,
    POLICY
  }

  /** Whether it lies in a namespace, or is one. */
  public boolean hasNamespace() {
    return !namespace.isEmpty();
  }
}
