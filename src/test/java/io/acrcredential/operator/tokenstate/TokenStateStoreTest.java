// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.tokenstate;

import static io.acrcredential.operator.testkit.Plans.NOW;
import static io.acrcredential.operator.testkit.Plans.ref;
import static io.acrcredential.operator.testkit.Plans.state;
import static io.acrcredential.operator.testkit.Plans.token;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.endpoint.ClockOffset;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.ManualTime;
import io.acrcredential.operator.token.RegistryState;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The server is that of fabric8, whose GET, POST and PUT with a resource version are correct. */
class TokenStateStoreTest {

  private static final String NAMESPACE = "acr-credential-operator";

  private final ManualTime time = new ManualTime(NOW);
  private final List<String> writes = new ArrayList<>();
  private final KubernetesMockServer server =
      new KubernetesMockServer(
          new Context(),
          new MockWebServer(),
          new HashMap<>(),
          new KubernetesCrudDispatcher(List.of()),
          false);
  private KubernetesClient client;
  private WriteFence gate = (kind, verb) -> writes.add(verb);

  @BeforeEach
  void start() {
    server.init();
    client = server.createClient();
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  @Test
  void restoresTheStateOfAnEarlierProcess() {
    // given
    RegistryState a = state(token("opaque:a="), "a.cn", "b.cn");
    store().write(Map.of(ref("cri-a"), a, ref("cri-b"), state(token("b"))));

    // when
    TokenStateStore later = store();
    later.read();

    // then
    assertThat(later.restored(ref("cri-a"))).isEqualTo(a);
    assertThat(later.restored(ref("cri-b")).token().password()).isEqualTo(SensitiveString.of("b"));
    assertThat(later.restored(ref("cri-c"))).isEqualTo(RegistryState.NONE);
    assertThat(later.restored(new RegistryRef(ref("cri-a").identity(), "cn-beijing", "cri-a")))
        .as("another region")
        .isEqualTo(RegistryState.NONE);
  }

  /** On a node whose clock is 14 minutes slow, a restart must not delay the next renewal. */
  @Test
  void restoresTheOffsetOfTheClockAsARange() {
    // given
    Duration ahead = Duration.ofMinutes(14);
    RegistryToken token =
        new RegistryToken(
            "u",
            SensitiveString.of("t"),
            NOW.plus(ahead),
            NOW.plus(ahead).plusSeconds(3_600),
            "key",
            new ClockOffset(ahead, ahead));
    store().write(Map.of(ref("cri-a"), state(token)));

    // when
    TokenStateStore later = store();
    later.read();

    // then
    RegistryToken restored = later.restored(ref("cri-a")).token();
    assertThat(restored.expiresAt()).isEqualTo(token.expiresAt());
    assertThat(restored.earliestExpiry()).isEqualTo(NOW.plusSeconds(3_600));
    assertThat(restored.latestExpiry()).isEqualTo(token.expiresAt());
  }

  @Test
  void writesOnlyChangedSecrets() {
    // given
    TokenStateStore store = store();
    Map<RegistryRef, RegistryState> states = Map.of(ref("cri-a"), state(token("a")));
    store.write(states);

    // when
    store.write(states);
    TokenStateStore later = store();
    later.read();
    later.write(states);

    // then
    assertThat(writes).containsExactly("create");
    later.write(Map.of(ref("cri-a"), state(token("other"))));
    assertThat(writes).containsExactly("create", "update");
  }

  @Test
  void doesNotSaveAnExpiredToken() {
    // given
    Instant end = NOW.plusSeconds(60);
    TokenStateStore store = store();
    store.write(Map.of(ref("cri-a"), state(token("a", end))));

    // when
    time.advance(Duration.ofSeconds(60));
    store.write(Map.of(ref("cri-a"), state(token("a", end))));

    // then
    assertThat(content(0)).isEqualTo("[]");
  }

  @Test
  void spreadsEntriesOverEightSecretsAndEmptiesUnusedOnes() {
    // given
    TokenStateStore store = store();
    Map<RegistryRef, RegistryState> many = new HashMap<>();
    for (int i = 0; i < 1_000; i++) {
      many.put(ref("cri-" + i), state(token("x".repeat(1_500) + i)));
    }

    // when
    store.write(many);

    // then
    assertThat(content(2)).isNotEmpty();
    assertThat(secret(3)).isNull();
    for (int i = 0; i < 3; i++) {
      assertThat(content(i).length()).isLessThanOrEqualTo(700 * 1024 + 16);
    }
    TokenStateStore later = store();
    later.read();
    assertThat(many).allSatisfy((ref, state) -> assertThat(later.restored(ref)).isEqualTo(state));

    // when
    later.write(Map.of(ref("cri-1"), many.get(ref("cri-1"))));

    // then
    assertThat(content(1)).isEqualTo("[]");
    assertThat(content(2)).isEqualTo("[]");
  }

  @Test
  void ignoresInvalidEntries() {
    // given: a lifetime of a week, one that begins tomorrow, and one that is right
    TokenStateStore store = store();
    store.write(
        Map.of(
            ref("forged"), state(token("f", NOW.plus(Duration.ofDays(7)))),
            ref("tomorrow"),
                state(
                    new RegistryToken(
                        "u",
                        SensitiveString.of("t"),
                        NOW.plus(Duration.ofDays(1)),
                        NOW.plus(Duration.ofDays(1)).plusSeconds(60),
                        "key")),
            ref("right"), state(token("r", NOW.plus(Duration.ofHours(12))))));

    // when
    TokenStateStore later = store();
    later.read();

    // then
    assertThat(later.restored(ref("forged"))).isEqualTo(RegistryState.NONE);
    assertThat(later.restored(ref("tomorrow"))).isEqualTo(RegistryState.NONE);
    assertThat(later.restored(ref("right")).token()).isNotNull();
  }

  @Test
  void ignoresEntriesWithImplausibleTimes() {
    // given
    String end = NOW.plus(Duration.ofHours(1)).toString();
    store().write(Map.of(ref("cri-a"), state(token("a", NOW.plus(Duration.ofHours(1))), "a.cn")));
    String good = content(0);
    Map<String, String> implausible =
        Map.of(
            "\"expiresAt\":\"" + end, "\"expiresAt\":\"-1000000000-01-01T00:00:00Z",
            "\"domainsListedAt\":\"" + NOW, "\"domainsListedAt\":\"+1000000000-12-31T23:59:59Z");

    // then
    implausible.forEach(
        (right, wrong) -> {
          assertThat(good).contains(right);
          Edits.edit(
              client.secrets().inNamespace(NAMESPACE).withName("acr-credential-state-0"),
              secret -> {
                secret.setData(Map.of("tokens.json", encoded(good.replace(right, wrong))));
                return secret;
              });
          TokenStateStore later = store();
          later.read();
          RegistryState restored = later.restored(ref("cri-a"));
          boolean ofToken = right.contains("expiresAt");
          assertThat(restored.token() == null).isEqualTo(ofToken);
          assertThat(restored.domainsListedAt()).isNull();
        });
  }

  @Test
  void treatsAMalformedSecretAsEmptyAndRewritesIt() {
    // given
    store().write(Map.of(ref("cri-a"), state(token("a"))));
    for (String malformed :
        List.of("%%%", encoded("[{"), encoded("7"), encoded("[{\"id\":\"x\"}]"))) {
      Edits.edit(
          client.secrets().inNamespace(NAMESPACE).withName("acr-credential-state-0"),
          secret -> {
            secret.setData(Map.of("tokens.json", malformed));
            return secret;
          });

      // when
      TokenStateStore later = store();
      later.read();

      // then
      assertThat(later.restored(ref("cri-a"))).isEqualTo(RegistryState.NONE);
      later.write(Map.of(ref("cri-a"), state(token("a"))));
      assertThat(content(0)).contains("\"password\":\"a\"");
    }
  }

  @Test
  void recreatesARemovedSecretOnTheNextTry() {
    // given
    TokenStateStore store = store();
    store.write(Map.of(ref("cri-a"), state(token("a"))));
    client.secrets().inNamespace(NAMESPACE).withName("acr-credential-state-0").delete();

    // when
    Map<RegistryRef, RegistryState> states = Map.of(ref("cri-a"), state(token("b")));
    assertThatThrownBy(() -> store.write(states)).isNotNull();
    store.write(states);

    // then
    assertThat(content(0)).contains("\"password\":\"b\"");
  }

  @Test
  void writesNothingWithoutLeading() {
    // given
    gate =
        (kind, verb) -> {
          throw new WriteFence.NotLeadingException();
        };

    // then
    assertThatThrownBy(() -> store().write(Map.of(ref("cri-a"), state(token("a")))))
        .isInstanceOf(WriteFence.NotLeadingException.class);
    assertThat(secret(0)).isNull();
  }

  private TokenStateStore store() {
    return new TokenStateStore(client, NAMESPACE, gate, time.clock());
  }

  private Secret secret(int index) {
    return client.secrets().inNamespace(NAMESPACE).withName("acr-credential-state-" + index).get();
  }

  private String content(int index) {
    return new String(
        Base64.getDecoder().decode(secret(index).getData().get("tokens.json")), UTF_8);
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
