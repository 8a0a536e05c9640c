// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.configmap.parser.repair.KeySchema;
import java.util.List;

/** The documented keys of the ConfigMap. */
final class ConfigMapSchema {

  static final KeySchema KEYS =
      new KeySchema(
          "",
          List.of(
              ConfigMapKeys.SERVICE_ACCOUNT,
              ConfigMapKeys.WATCH_NAMESPACE,
              ConfigMapKeys.REGISTRIES,
              ConfigMapKeys.THRESHOLD,
              ConfigMapKeys.EMAIL,
              ConfigMapKeys.RRSA,
              ConfigMapKeys.WEBHOOK,
              ConfigMapKeys.API_VERSION));

  private ConfigMapSchema() {}
}
