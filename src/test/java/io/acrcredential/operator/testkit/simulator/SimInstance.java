// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** An Enterprise Edition instance, its endpoints and domains. */
final class SimInstance {

  /** {@code type} is SYSTEM or USER (ACR API 2018-12-01, ListInstanceEndpoint). */
  record Domain(String domain, String type) {}

  private final String id;
  private final String region;
  private final String name;
  private final String owner;
  private final List<String> customDomains = new CopyOnWriteArrayList<>();
  private final Set<String> disabledEndpoints = ConcurrentHashMap.newKeySet();

  SimInstance(String id, String region, String name, String owner) {
    this.id = id;
    this.region = region;
    this.name = name;
    this.owner = owner;
  }

  String id() {
    return id;
  }

  String region() {
    return region;
  }

  String owner() {
    return owner;
  }

  void addCustomDomain(String domain) {
    customDomains.add(domain);
  }

  /** {@code type} is internet or vpc. */
  void enableEndpoint(String type, boolean enable) {
    if (enable) {
      disabledEndpoints.remove(type);
    } else {
      disabledEndpoints.add(type);
    }
  }

  boolean enabled(String type) {
    return !disabledEndpoints.contains(type);
  }

  /** Custom domains belong to the internet endpoint. */
  List<Domain> domains(String type) {
    var domains = new ArrayList<Domain>();
    var suffix = type.equals("vpc") ? "-registry-vpc." : "-registry.";
    domains.add(new Domain(name + suffix + region + ".cr.aliyuncs.com", "SYSTEM"));
    if (type.equals("internet")) {
      customDomains.forEach(domain -> domains.add(new Domain(domain, "USER")));
    }
    return domains;
  }
}
