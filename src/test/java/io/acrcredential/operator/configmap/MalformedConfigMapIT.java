// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap;

import static io.acrcredential.operator.testkit.Awaits.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.configmap.parser.AcrConfigurationParser;
import io.acrcredential.operator.configmap.parser.Mutations;
import io.acrcredential.operator.configmap.parser.Mutations.Mutation;
import io.acrcredential.operator.configmap.parser.ParseResult;
import io.acrcredential.operator.testkit.AcrConfigurationConfigMap;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** ConfigMaps as people copy and write them, on an API server, read by the packaged operator. */
class MalformedConfigMapIT {

  private static final String TEAM = "team-a";

  private static final Set<String> PERSONAL_HANGZHOU = personal("cn-hangzhou");
  private static final Set<String> BOTH_REGIONS = union(PERSONAL_HANGZHOU, personal("cn-beijing"));
  private static final Set<String> GIVEN = Set.of("xxx.com", "yyy.com");

  /** {@code -Dmistakes.seed=…} draws other texts. */
  private static final long SEED = Long.getLong("mistakes.seed", 20240831L);

  private static final int DRAWN = 20;

  /** What the article means, and for which hosts the pull Secret then is. */
  private record Promise(String meant, Set<String> hosts) {}

  private static final List<Promise> PROMISES =
      List.of(
          new Promise(
              """
              - instanceId: "cri-xxx"
                regionId: "cn-hangzhou"
              """,
              Set.of(
                  "other-registry.cn-hangzhou.cr.aliyuncs.com",
                  "other-registry-vpc.cn-hangzhou.cr.aliyuncs.com")),
          new Promise(
              """
              - instanceId: ""
                regionId: "cn-hangzhou"
              """,
              PERSONAL_HANGZHOU),
          new Promise(
              """
              - instanceId: "cri-xxx"
                regionId: "cn-hangzhou"
                domains: "xxx.com,yyy.com"
              """,
              GIVEN),
          new Promise(
              """
              - instanceId: ""
                regionId: "cn-hangzhou"
                domains: "xxx.com,yyy.com"
              """,
              GIVEN),
          new Promise(
              """
              - instanceId: ""
              - instanceId: "cri-xxxx"
              """,
              union(
                  PERSONAL_HANGZHOU,
                  Set.of(
                      "article-registry.cn-hangzhou.cr.aliyuncs.com",
                      "article-registry-vpc.cn-hangzhou.cr.aliyuncs.com"))),
          new Promise(
              """
              - instanceId: ""
                regionId: cn-beijing
              - instanceId: ""
                regionId: cn-hangzhou
              """,
              BOTH_REGIONS));

  /** Scenario 4b of the docs: another account's AccessKey. */
  private static final Promise WITH_KEY =
      new Promise(
          """
          - instanceId: ""
            regionId: "cn-hangzhou"
            customAccessKey: "LTAI5tCanaryKeyId0002"
            customAccessKeySecret: "CanaryKeySecret0002"
          """,
          PERSONAL_HANGZHOU);

  private static OperatorTestEnvironment env;
  private static AcrConfigurationConfigMap configMap;

  @BeforeAll
  static void set() {
    env =
        OperatorTestEnvironment.create(
            more ->
                more.account("1001")
                    .personal("cn-beijing")
                    .enterprise("cri-xxxx", "cn-hangzhou", "article")
                    .enterprise("cri-xxx", "cn-hangzhou", "other")
                    .account("1002")
                    .accessKey("LTAI5tCanaryKeyId0002", "CanaryKeySecret0002")
                    .personal("cn-hangzhou"));
    configMap = new AcrConfigurationConfigMap(env);
    env.createNamespace(TEAM, Map.of());
    env.startOperator();
  }

  @AfterAll
  static void close() {
    env.close();
  }

  @AfterEach
  void exposesNoAccessKey() {
    assertThat(env.operator().log()).doesNotContain("Canary");
    assertThat(warnings()).noneMatch(event -> event.getMessage().contains("Canary"));
  }

  /** Each of its blocks, as it stands there, under a head that kubectl takes. */
  @Test
  void servesHostsPromisedByDocs() throws IOException {
    // given
    List<String> blocks = blocks();
    assertThat(blocks).hasSize(PROMISES.size());

    for (int i = 0; i < blocks.size(); i++) {
      // given nothing is there
      configMap.delete();
      await()
          .atMost(PATIENCE)
          .until(() -> configMap.policy() == null && env.pullSecret(TEAM) == null);
      assertThat(env.imagePullSecrets(TEAM, "default"))
          .doesNotContain(OperatorTestEnvironment.PULL_SECRET);

      // when
      ConfigMap map =
          Serialization.unmarshal(
              """
              apiVersion: v1
              kind: ConfigMap
              metadata:
                name: acr-configuration
                namespace: kube-system
              """
                  + blocks.get(i),
              ConfigMap.class);
      env.client.resource(map).create();

      // then
      boolean scenario = map.getData().containsKey("notify-email");
      awaitPromise(blocks.get(i), PROMISES.get(i), scenario ? "cs@aliyuncs.com" : null);
      env.awaitBound("kube-system", "default");
    }
  }

  /** Twenty texts with mistakes, drawn at random: all but the words of a human are another's. */
  @Test
  void appliesLegibleMalformedInput() {
    // given
    configMap.delete();
    List<Promise> promises = new ArrayList<>(PROMISES);
    promises.add(WITH_KEY);
    List<Mutation> drawn =
        LongStream.iterate(SEED, seed -> seed + 1)
            .mapToObj(
                seed ->
                    Mutations.of(
                        seed, promises.get((int) Math.floorMod(seed, promises.size())).meant()))
            .filter(mutation -> !mutation.isPlainYaml())
            .limit(DRAWN)
            .toList();

    for (int i = 0; i < drawn.size(); i++) {
      // when
      Mutation mutation = drawn.get(i);
      String email = "edit" + i + "@example.com"; // so that each edit shows
      Map<String, String> data =
          Map.of(
              "watch-namespace",
              "all",
              "service-account",
              "default",
              "notify-email",
              email,
              "acr-registry-info",
              mutation.text());
      configMap.createOrReplace(data);

      // then
      Promise promise =
          promises.stream().filter(p -> p.meant().equals(mutation.meant())).findAny().orElseThrow();
      awaitPromise(mutation.toString(), promise, email);
      await(mutation.toString())
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(warnings())
                      .as(mutation.toString())
                      .anySatisfy(
                          event ->
                              assertThat(bare(event.getMessage()))
                                  .contains(
                                      promise == WITH_KEY
                                          ? "customAccessKey:***"
                                          : bare(promise.meant()))));
    }
  }

  private static void awaitPromise(String what, Promise promise, String email) {
    List<Registry> registries =
        ((ParseResult.Understood)
                new AcrConfigurationParser().parse(Map.of("acr-registry-info", promise.meant())))
            .spec()
            .registries();
    await(what)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(
            () -> {
              AcrCredentialPolicy policy = configMap.policy();
              assertThat(policy).as(what).isNotNull();
              AcrCredentialPolicySpec spec = policy.getSpec();
              assertThat(spec.registries()).as(what).isEqualTo(registries);
              assertThat(spec.email()).isEqualTo(email);
              assertThat(spec.refreshBefore()).isEqualTo("15m");
              assertThat(spec.targets().namespaces().names()).containsExactly("*");
              assertThat(spec.targets().serviceAccounts().names()).containsExactly("default");
              assertThat(hosts()).as(what).isEqualTo(promise.hosts());
              assertThat(emails()).as(what).isEqualTo(email == null ? Set.of("") : Set.of(email));
            });
    env.awaitBound(TEAM, "default");
    env.awaitReady(AcrConfigurationConfigMap.NAME);
  }

  /**
   * The article's {@code data:} blocks, up to the line that no longer belongs to it: the page puts
   * bullets behind them.
   */
  private static List<String> blocks() throws IOException {
    String article =
        Files.readString(Path.of("src", "test", "resources", "configmap", "article.zh.txt"));
    Matcher block =
        Pattern.compile("(?m)^data:.*\\n(?:[ \\t]+[^\\s\u2022].*\\n)+").matcher(article);
    return block.results().map(result -> result.group()).toList();
  }

  private static Set<String> hosts() {
    return env.dockerAuths(TEAM).properties().stream()
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private static Set<String> emails() {
    return env.dockerAuths(TEAM).properties().stream()
        .map(entry -> entry.getValue().path("email").asText())
        .collect(Collectors.toSet());
  }

  private static List<Event> warnings() {
    return configMap.events().stream()
        .filter(event -> "Warning".equals(event.getType()))
        .filter(event -> "ConfigMap".equals(event.getInvolvedObject().getKind()))
        .toList();
  }

  /** Without blanks and quotes, in which two right texts may differ. */
  private static String bare(String text) {
    return text.replaceAll("[\\s\"']", "");
  }

  private static Set<String> personal(String region) {
    return List.of(
            "registry", "registry-vpc", "registry-internal", "registry-intl", "registry-intl-vpc")
        .stream()
        .map(host -> host + "." + region + ".aliyuncs.com")
        .collect(Collectors.toSet());
  }

  private static Set<String> union(Set<String> one, Set<String> other) {
    Set<String> both = new HashSet<>(one);
    both.addAll(other);
    return both;
  }
}
