// SPDX-License-Identifier: Apache-2.0
/**
 * YAML inside a value of the ConfigMap: read into nodes and texts, explained where it is broken,
 * and written as users can paste it.
 */
package io.acrcredential.operator.configmap.parser.yaml;
