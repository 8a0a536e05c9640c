// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.finding;

import java.util.Locale;

/** The links of the chain, in its order. */
public enum LinkName {
  OPERATOR("operator", "operator"),
  CONFIG_MAP("ConfigMap", "ConfigMap"),
  POLICY("policy", "策略"),
  IDENTITY("identity", "身份"),
  REGISTRY("registry", "镜像仓库实例"),
  DOMAIN("domain", "域名"),
  SECRET("pull Secret", "拉取凭证"),
  SERVICE_ACCOUNT("ServiceAccount", "ServiceAccount"),
  ADMISSION("admission", "准入"),
  POD("pod", "Pod");

  private final Text label;

  LinkName(String english, String chinese) {
    label = new Text(english, chinese);
  }

  /** For people. */
  public Text label() {
    return label;
  }

  /** For scripts: {@code service-account}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
