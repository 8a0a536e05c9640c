package io.acrcredential.operator.testkit.simulator;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** An Alibaba Cloud account and what its one RAM user may do. */
final class SimAccount {

  /** The policy that the docs tell users to attach ("Resource": "*"). */
  private static final Set<String> DOCUMENTED_POLICY =
      Set.of("cr:GetAuthorizationToken", "cr:ListInstanceEndpoint", "cr:PullRepository");

  private final String uid;
  private final Set<String> actions = ConcurrentHashMap.newKeySet();
  private final Set<String> personalRegions = ConcurrentHashMap.newKeySet();

  SimAccount(String uid) {
    this.uid = uid;
    actions.addAll(DOCUMENTED_POLICY);
  }

  String uid() {
    return uid;
  }

  boolean allows(String action) {
    return actions.contains(action);
  }

  void allow(String action) {
    actions.add(action);
  }

  void deny(String action) {
    actions.remove(action);
  }

  boolean hasPersonalEdition(String region) {
    return personalRegions.contains(region);
  }

  void openPersonalEdition(String region) {
    personalRegions.add(region);
  }
}
