// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.TemporaryCredentials;
import io.acrcredential.operator.alibabacloud.client.StsOperations;
import io.acrcredential.operator.policy.Identity;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** Returns a new key for every call, as STS does, and records the calls. */
final class FakeSts implements StsOperations {

  static final Instant END = Instant.parse("2026-01-01T01:00:00Z");

  /** A call: {@code by} is an AccessKey id or the token of a ServiceAccount. */
  record Call(String roleArn, String policy, String by) {}

  final List<Call> calls = new CopyOnWriteArrayList<>();
  final List<Identity.Role> roles = new CopyOnWriteArrayList<>();
  final List<String> sessionNames = new CopyOnWriteArrayList<>();

  /** Calls are answered once it completes; if it fails, all calls fail with its exception. */
  volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

  @Override
  public Uni<TemporaryCredentials> assumeRole(
      Identity.Role role, String sessionPolicy, AccessKey by) {
    roles.add(role);
    return answer(new Call(role.roleArn(), sessionPolicy, by.id()));
  }

  @Override
  public Uni<TemporaryCredentials> assumeRoleWithOidc(
      Identity.Oidc role, String sessionName, String sessionPolicy, SensitiveString token) {
    sessionNames.add(sessionName);
    return answer(new Call(role.roleArn(), sessionPolicy, token.reveal()));
  }

  private Uni<TemporaryCredentials> answer(Call call) {
    calls.add(call);
    String id = "STS." + calls.size();
    AccessKey key =
        new AccessKey(
            id, SensitiveString.of("secret-of-" + id), SensitiveString.of("token-of-" + id));
    return Uni.createFrom().completionStage(gate).replaceWith(new TemporaryCredentials(key, END));
  }
}
