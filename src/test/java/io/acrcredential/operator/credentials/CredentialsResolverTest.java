// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.credentials.FakeSts.Call;
import io.acrcredential.operator.policy.Identity;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialsResolverTest {

  private static final String NAMESPACE = "acr-system";
  private static final Identity.KeySecret SECRET = new Identity.KeySecret("team", null, null);
  private static final Identity.Oidc OIDC =
      new Identity.Oidc("acs:ram::111:role/base", "acs:ram::111:oidc-provider/ack", 3600);
  private static final String TOKEN = "planted.oidc.token";

  private final Map<String, String> environment = new ConcurrentHashMap<>();
  private final CredentialSecretCache secrets = new CredentialSecretCache();
  private final FakeSts sts = new FakeSts();
  private final FakeMetadata metadata = new FakeMetadata();

  @TempDir Path dir;
  private CredentialsResolver keys;

  @BeforeEach
  void start() throws IOException {
    Path token = Files.writeString(dir.resolve("token"), TOKEN + "\n");
    environment.put("ALIBABA_CLOUD_OIDC_TOKEN_FILE", token.toString());
    keys =
        new CredentialsResolver(
            secrets,
            NAMESPACE,
            name -> Optional.ofNullable(environment.get(name)),
            dir.resolve("token-config"),
            sts,
            metadata);
    secret("team", "LTAIteam");
  }

  private void secret(String name, String id) {
    secrets.put(
        new CredentialSecretCache.Name(NAMESPACE, name),
        Map.of(
            "access-key-id",
            SensitiveString.of(id + "\n"),
            "access-key-secret",
            SensitiveString.of("planted-secret\n")));
  }

  private static Identity.Role role(Identity from, String name, String policy) {
    return new Identity.Role(from, "acs:ram::222:role/" + name, null, "session", 3600, policy);
  }

  private static Credentials got(Uni<Credentials> credentials) {
    return credentials.await().atMost(Duration.ofSeconds(30));
  }

  private Credentials once(Identity identity) {
    return got(keys.newBatch().get(identity));
  }

  private AlibabaCloudException refused(Identity identity) {
    AlibabaCloudException e =
        catchThrowableOfType(AlibabaCloudException.class, () -> once(identity));
    assertThat(e).as("%s is refused", identity).isNotNull();
    return e;
  }

  // ---- each kind

  @Test
  void trimsAKeyOfASecretWhichDoesNotExpire() {
    // when
    Credentials credentials = once(SECRET);

    // then
    assertThat(credentials.key().id()).isEqualTo("LTAIteam");
    assertThat(credentials.key().secret().reveal()).isEqualTo("planted-secret");
    assertThat(credentials.key().securityToken()).isNull();
    assertThat(credentials.expiresAt()).isNull();
    assertThat(credentials.account()).matches("[0-9a-f]{16}");
    assertThat(sts.calls).isEmpty();
  }

  @Test
  void readsTheKeyNamesGivenByThePolicy() {
    // given
    secrets.put(
        new CredentialSecretCache.Name(NAMESPACE, "own-names"),
        Map.of("id", SensitiveString.of("LTAIown"), "sk", SensitiveString.of("s")));

    // when, then
    assertThat(once(new Identity.KeySecret("own-names", "id", "sk")).key().id())
        .isEqualTo("LTAIown");
  }

  @Test
  void usesAChangedSecretInTheNextBatch() {
    // given
    once(SECRET);
    secret("team", "LTAInext");

    // when, then
    assertThat(once(SECRET).key().id()).isEqualTo("LTAInext");
  }

  @Test
  void limitsAnOidcRoleToPulling() {
    // when
    Credentials credentials = once(OIDC);

    // then
    assertThat(sts.calls)
        .containsExactly(new Call(OIDC.roleArn(), CredentialsResolver.PULL_ONLY, TOKEN));
    assertThat(credentials.key().id()).isEqualTo("STS.1");
    assertThat(credentials.account()).as("the ARN's").isEqualTo("111");
    assertThat(credentials.expiresAt()).isEqualTo(FakeSts.END);
  }

  @Test
  void resolvesTheDefaultIdentityFromEveryKeySource() {
    // given
    metadata.hasRole = true;

    // when, then
    assertThat(once(Identity.OWN).key().id()).isEqualTo("STS.instance");
    assertThat(once(Identity.OWN).expiresAt()).isEqualTo(FakeSts.END);
    environment.put("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAIenv\n");
    environment.put("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s\n");
    assertThat(once(Identity.OWN).key().id()).isEqualTo("LTAIenv");
    assertThat(once(Identity.OWN).key().secret().reveal()).isEqualTo("s");
    assertThat(once(Identity.OWN).key().securityToken()).isNull();
    environment.put("ALIBABA_CLOUD_SECURITY_TOKEN", "token\n");
    assertThat(once(Identity.OWN).key().securityToken().reveal()).isEqualTo("token");
    secret("alibaba-addon-secret", "LTAIaddon");
    assertThat(once(Identity.OWN).key().id()).isEqualTo("LTAIaddon");
  }

  // ---- chains

  @Test
  void assumesARoleWithAKey() {
    // when
    Credentials credentials = once(role(SECRET, "pull", null));

    // then
    assertThat(sts.calls)
        .containsExactly(
            new Call("acs:ram::222:role/pull", CredentialsResolver.PULL_ONLY, "LTAIteam"));
    assertThat(credentials.account()).isEqualTo("222");
    assertThat(credentials.expiresAt()).isEqualTo(FakeSts.END);
  }

  @Test
  void assumesARoleFromAnUnlimitedOidcRole() {
    // when
    Credentials credentials = once(role(OIDC, "pull", null));

    // then
    assertThat(sts.calls)
        .containsExactly(
            new Call(OIDC.roleArn(), null, TOKEN),
            new Call("acs:ram::222:role/pull", CredentialsResolver.PULL_ONLY, "STS.1"));
    assertThat(credentials.key().id()).isEqualTo("STS.2");
    assertThat(credentials.account()).isEqualTo("222");
  }

  @Test
  void assumesARoleFromAnInstanceRoleAndFromRrsa() {
    // given
    metadata.hasRole = true;

    // when
    once(role(Identity.OWN, "pull", null));
    environment.put("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::333:role/own");
    environment.put("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::333:oidc-provider/ack");
    once(role(Identity.OWN, "pull", null));

    // then
    assertThat(sts.calls)
        .containsExactly(
            new Call("acs:ram::222:role/pull", CredentialsResolver.PULL_ONLY, "STS.instance"),
            new Call("acs:ram::333:role/own", null, TOKEN),
            new Call("acs:ram::222:role/pull", CredentialsResolver.PULL_ONLY, "STS.2"));
  }

  @Test
  void limitsOnlyTheLastRoleOfAChain() {
    // when
    once(role(role(SECRET, "middle", null), "last", null));

    // then
    assertThat(sts.calls)
        .extracting(Call::policy)
        .containsExactly(null, CredentialsResolver.PULL_ONLY);
  }

  @Test
  void replacesTheDefaultSessionPolicyByAGivenOne() {
    // when
    once(role(SECRET, "pull", "{\"Version\":\"1\"}"));

    // then
    assertThat(sts.calls).extracting(Call::policy).containsExactly("{\"Version\":\"1\"}");
  }

  @Test
  void passesTheParametersOfTheRoleToSts() {
    // given
    Identity.Role role =
        new Identity.Role(SECRET, "acs:ram::222:role/pull", "ext", "mine", 43_200, null);

    // when
    once(role);

    // then
    assertThat(sts.roles).containsExactly(role);
  }

  @Test
  void defaultSessionPolicyIsAsDocumentedAndWithinTheLimitOfSts() throws IOException {
    // when
    var policy = new ObjectMapper().readTree(CredentialsResolver.PULL_ONLY);

    // then
    List<String> actions = new ArrayList<>();
    policy.at("/Statement/0/Action").forEach(action -> actions.add(action.asText()));
    assertThat(actions)
        .containsExactlyInAnyOrder(
            "cr:GetAuthorizationToken", "cr:ListInstanceEndpoint", "cr:PullRepository");
    assertThat(policy.path("Statement")).hasSize(1);
    assertThat(CredentialsResolver.PULL_ONLY).hasSizeLessThanOrEqualTo(2048);
  }

  // ---- once per identity and batch

  @Test
  void callsStsOnceForManyRegistries() throws Exception {
    // given
    Identity role = role(OIDC, "pull", null);
    CredentialsResolver.Batch batch = keys.newBatch();
    sts.gate = new CompletableFuture<>();
    CountDownLatch start = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    List<Future<UniAssertSubscriber<Credentials>>> asking = new ArrayList<>();

    // when
    try {
      for (int i = 0; i < 200; i++) {
        asking.add(
            threads.submit(
                () -> {
                  start.await();
                  return batch
                      .get(role)
                      .subscribe()
                      .withSubscriber(UniAssertSubscriber.<Credentials>create());
                }));
      }
      start.countDown();
      List<UniAssertSubscriber<Credentials>> all = new ArrayList<>();
      for (Future<UniAssertSubscriber<Credentials>> each : asking) {
        all.add(each.get());
      }
      await().until(() -> !sts.calls.isEmpty());
      sts.gate.complete(null);

      // then
      assertThat(all)
          .allSatisfy(each -> assertThat(each.awaitItem().getItem().key().id()).isEqualTo("STS.2"));
      assertThat(sts.calls).hasSize(2);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void callsStsAgainInTheNextBatch() {
    // when
    Credentials first = once(role(OIDC, "pull", null));
    Credentials second = once(role(OIDC, "pull", null));

    // then
    assertThat(sts.calls).hasSize(4);
    assertThat(second.key().id()).isNotEqualTo(first.key().id());
  }

  @Test
  void sharesARefusalWithinOneBatchOnly() {
    // given
    sts.gate =
        CompletableFuture.failedFuture(
            new AlibabaCloudException(Reason.AccessDenied, "NoPermission", "m", "a", "R"));
    CredentialsResolver.Batch batch = keys.newBatch();

    // when
    for (int i = 0; i < 3; i++) {
      assertThat(
              catchThrowableOfType(
                  AlibabaCloudException.class, () -> got(batch.get(role(SECRET, "pull", null)))))
          .extracting(AlibabaCloudException::code)
          .isEqualTo("NoPermission");
    }
    int calls = sts.calls.size();
    sts.gate = CompletableFuture.completedFuture(null);

    // then
    assertThat(calls).isOne();
    assertThat(once(role(SECRET, "pull", null)).key().id()).isEqualTo("STS.2");
  }

  @Test
  void sharesTheCallOfACommonBaseIdentity() {
    // given
    CredentialsResolver.Batch batch = keys.newBatch();

    // when
    got(batch.get(role(OIDC, "a", null)));
    got(batch.get(role(OIDC, "b", null)));

    // then
    assertThat(sts.calls)
        .extracting(Call::roleArn, Call::by)
        .containsExactly(
            tuple(OIDC.roleArn(), TOKEN),
            tuple("acs:ram::222:role/a", "STS.1"),
            tuple("acs:ram::222:role/b", "STS.1"));
  }

  @Test
  void resolvesTheDefaultIdentityOnceForItselfAndForARole() {
    // given
    metadata.hasRole = true;
    CredentialsResolver.Batch batch = keys.newBatch();

    // when
    got(batch.get(Identity.OWN));
    got(batch.get(role(Identity.OWN, "pull", null)));

    // then
    assertThat(metadata.calls).isOne();
  }

  @Test
  void usesTwoSessionsForOneRoleWithTwoPolicies() {
    // given
    CredentialsResolver.Batch batch = keys.newBatch();

    // when
    Credentials limited = got(batch.get(role(SECRET, "pull", null)));
    Credentials given = got(batch.get(role(SECRET, "pull", "{}")));

    // then
    assertThat(given.key().id()).isNotEqualTo(limited.key().id());
  }

  // ---- fingerprints and descriptions

  @Test
  void fingerprintDependsOnEveryPartAndNothingElse() {
    // given
    Identity.Role base = role(SECRET, "pull", null);
    List<Identity> identities =
        List.of(
            SECRET,
            OIDC,
            new Identity.Oidc(OIDC.roleArn(), "acs:ram::111:oidc-provider/other", 3600),
            base,
            role(OIDC, "pull", null),
            role(SECRET, "other", null),
            role(SECRET, "pull", "{}"),
            new Identity.Role(SECRET, base.roleArn(), "ext", "session", 3600, null),
            new Identity.Role(SECRET, base.roleArn(), null, "session", 900, null),
            Identity.OWN);

    // when
    List<String> fingerprints =
        Stream.concat(
                identities.stream().map(identity -> keys.fingerprint(identity).orElseThrow()),
                Stream.of(base, SECRET)
                    .map(
                        identity -> {
                          secret("team", "LTAInext");
                          return keys.fingerprint(identity).orElseThrow();
                        }))
            .toList();

    // then
    assertThat(fingerprints).doesNotHaveDuplicates().allMatch(text -> text.matches("[0-9a-f]{16}"));
    assertThat(sts.calls).as("no service is called").isEmpty();
    assertThat(metadata.calls).isZero();
  }

  @Test
  void fingerprintIsStableAndAbsentWithoutAKey() {
    // given
    Identity missing = new Identity.KeySecret("missing", null, null);

    // when, then
    assertThat(keys.fingerprint(SECRET)).isEqualTo(keys.fingerprint(SECRET)).isPresent();
    assertThat(keys.fingerprint(missing)).isEmpty();
    assertThat(keys.fingerprint(role(missing, "pull", null))).isEmpty();
  }

  @Test
  void describesKindsAndNeverValues() {
    // given
    secret("alibaba-addon-secret", "LTAIaddon");
    once(Identity.OWN);

    // when
    List<String> descriptions =
        Stream.of(SECRET, OIDC, Identity.OWN, role(Identity.OWN, "pull", null))
            .map(keys::describe)
            .toList();

    // then
    assertThat(descriptions)
        .containsExactly(
            "AccessKey in Secret team",
            "RRSA role acs:ram::111:role/base",
            "AccessKey in Secret acr-system/alibaba-addon-secret",
            "role acs:ram::222:role/pull by AccessKey in Secret acr-system/alibaba-addon-secret")
        .noneMatch(text -> text.contains("LTAI") || text.contains("planted"));
    assertThat(once(SECRET).toString()).doesNotContain("LTAI").doesNotContain("planted");
  }

  @Test
  void listsTheSecretsOfTheWholeChain() {
    // when, then
    assertThat(keys.secretsOf(role(role(SECRET, "a", null), "b", null)))
        .containsExactly(new CredentialSecretCache.Name(NAMESPACE, "team"));
    assertThat(keys.secretsOf(role(Identity.OWN, "a", null)))
        .containsExactly(
            new CredentialSecretCache.Name(NAMESPACE, "alibaba-addon-secret"),
            new CredentialSecretCache.Name("kube-system", "alibaba-addon-secret"));
    assertThat(keys.secretsOf(role(OIDC, "a", null))).isEmpty();
  }

  // ---- failures name the fix

  @Test
  void reportsAMissingSecretWithTheCommandThatCreatesIt() {
    // when
    AlibabaCloudException e =
        refused(role(new Identity.KeySecret("gone", "id", "sk"), "pull", null));

    // then
    assertThat(e.reason()).isEqualTo(Reason.CredentialsMissing);
    assertThat(e).hasMessage("There is no Secret acr-system/gone");
    assertThat(e.advice())
        .contains(
            "kubectl -n acr-system create secret generic gone --from-file=id=./id.txt"
                + " --from-file=sk=./secret.txt");
    assertThat(sts.calls).isEmpty();
  }

  @Test
  void reportsOtherKeysOfASecretWithoutTheirValues() {
    // given
    secrets.put(
        new CredentialSecretCache.Name(NAMESPACE, "team"),
        Map.of("ak", SensitiveString.of("LTAIplanted"), "sk", SensitiveString.of("planted")));

    // when
    AlibabaCloudException e = refused(SECRET);

    // then
    assertThat(e)
        .hasMessage("The Secret acr-system/team has no key access-key-id (it has: ak, sk)");
    assertThat(e.advice()).contains("--from-file=access-key-id=./id.txt").doesNotContain("LTAI");
  }

  @Test
  void reportsAnEmptyValueOfASecret() {
    // given
    secrets.put(
        new CredentialSecretCache.Name(NAMESPACE, "team"),
        Map.of(
            "access-key-id", SensitiveString.of(" \n"),
            "access-key-secret", SensitiveString.of("")));

    // when, then
    assertThat(refused(SECRET))
        .hasMessage("The key access-key-id of the Secret acr-system/team is empty");
  }
}
