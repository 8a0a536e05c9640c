// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pullsecret;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.pod.ImageMatch;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.PolicyCompiler;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.token.RegistryState;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests which entry of the pull Secret kubelet uses for an image, with the code of kubelet ({@code
 * dev/kubelet-match}). crane and skopeo follow other rules.
 */
class KubeletMatchIT {

  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final String HOST = "registry.cn-shenzhen.aliyuncs.com";
  private static final Path SOURCES = Path.of("dev", "kubelet-match");
  private static final Path PROGRAM = Path.of("target", "kubelet-match").toAbsolutePath();

  @TempDir private Path folder;

  private static Optional<String> obstacle;

  @BeforeAll
  static void build() throws IOException, InterruptedException {
    obstacle = lookForObstacle();
    if (obstacle.isEmpty()) {
      CommandResult built = run(SOURCES, go("build", "-o", PROGRAM.toString(), "."));
      assertThat(built.exit).as(built.text).isZero();
    }
  }

  @BeforeEach
  void skipWithReason() {
    assumeTrue(
        obstacle.isEmpty(), () -> "needs the source code of kubelet: " + obstacle.orElseThrow());
  }

  /** Why Go or the modules are not available; a defect of the program is no obstacle. */
  private static Optional<String> lookForObstacle() throws InterruptedException {
    try {
      CommandResult modules =
          run(SOURCES, go("list", "-deps", "k8s.io/kubernetes/pkg/credentialprovider"));
      return modules.exit == 0 ? Optional.empty() : Optional.of(modules.text);
    } catch (IOException e) {
      return Optional.of("there is no Go on the PATH");
    }
  }

  // ---- the rules in docs/identities.md

  @Test
  void matchesTwoAccountsOnOneHostByPath() throws Exception {
    String config =
        dockerConfig(
            item("team-a", "region: cn-shenzhen, repositoryPrefixes: [team-a]"),
            item("team-b", "region: cn-shenzhen, repositoryPrefixes: [team-b]"));

    assertThat(tried(config, HOST + "/team-a/app:1")).containsExactly("team-a");
    assertThat(tried(config, HOST + "/team-b/app:1")).containsExactly("team-b");
    assertThat(tried(config, "registry-vpc.cn-shenzhen.aliyuncs.com/team-b/a/b@" + digest()))
        .containsExactly("team-b");
    assertThat(tried(config, HOST + "/team-bb/app:1")).isEmpty();
    assertThat(tried(config, HOST + "/team-c/app:1")).isEmpty();
    assertThat(tried(config, "registry.cn-beijing.aliyuncs.com/team-a/app:1")).isEmpty();
  }

  @Test
  void prefersThePrefixToTheHost() throws Exception {
    String config =
        dockerConfig(
            item("own", "region: cn-shenzhen"),
            item("team-b", "region: cn-shenzhen, repositoryPrefixes: [team-b]"));

    assertThat(tried(config, HOST + "/team-b/app:1")).containsExactly("team-b", "own");
    assertThat(tried(config, HOST + "/other/app:1")).containsExactly("own");
  }

  @Test
  void prefersTheLongerPrefix() throws Exception {
    String config =
        dockerConfig(
            item("team-b", "region: cn-shenzhen, repositoryPrefixes: [team-b]"),
            item("sub", "region: cn-shenzhen, repositoryPrefixes: [team-b/sub]"));

    assertThat(tried(config, HOST + "/team-b/sub/app:1")).containsExactly("sub", "team-b");
    assertThat(tried(config, HOST + "/team-b/subway:1")).containsExactly("team-b");
    assertThat(tried(config, HOST + "/team-b/sub:1")).containsExactly("team-b");
  }

  @Test
  void matchesPortAndPathOfTheDomain() throws Exception {
    String config =
        dockerConfig(
            item("a", "instanceId: cri-a, domains: ['img.example.cn:5000']"),
            item(
                "b", "instanceId: cri-b, domains: [img.example.cn/base], repositoryPrefixes: [b]"));

    assertThat(tried(config, "img.example.cn:5000/b/app:1")).containsExactly("a");
    assertThat(tried(config, "img.example.cn/b/app:1")).isEmpty();
    assertThat(tried(config, "img.example.cn/base/b/app:1")).containsExactly("b");
  }

  /** Policies refuse these prefixes, because kubelet reads them as the version of the API. */
  @Test
  void treatsV1AndV2AsTheWholeHost() throws Exception {
    String config =
        """
        {"auths": {"%s/v2/": {"username": "v2", "password": "x"}}}\
        """
            .formatted(HOST);

    assertThat(tried(config, HOST + "/other/app:1")).containsExactly("v2");
  }

  // ---- the general rule

  /** For each image kubelet tries the entries that are prefixes of its path, longest first. */
  @Test
  void triesTheLongestMatchingKeyFirst() throws Exception {
    // given
    List<String> paths =
        List.of("a", "a-b", "a/b", "a/b/c", "a.b", "a_b", "ab", "z", "a/b-c", "v3", "v22");
    List<Item> items = new ArrayList<>(List.of(item("host", "region: cn-shenzhen")));
    for (String path : paths) {
      items.add(
          item(
              path.replace('/', '-'), "region: cn-shenzhen, repositoryPrefixes: ['" + path + "']"));
    }
    List<String> images =
        paths.stream()
            .flatMap(path -> Stream.of(path, path + "/app", path + "/b/app", path + "x/app"))
            .map(path -> HOST + "/" + path + ":1")
            .toList();
    PullSecretContent content = content(items.toArray(Item[]::new));

    // when
    List<String> answers = answers(json(content), images);

    // then
    assertThat(answers)
        .isEqualTo(
            images.stream()
                .map(image -> image + " " + String.join(" ", longestFirst(content, image)))
                .toList());
  }

  private static List<String> longestFirst(PullSecretContent content, String image) {
    String repository = image.substring(0, image.lastIndexOf(':'));
    return content.auths().keySet().stream()
        .filter(key -> repository.startsWith(key.endsWith("/") ? key : key + "/"))
        .sorted(Comparator.comparing(String::length).reversed())
        .map(key -> content.auths().get(key).get("username").asText())
        .toList();
  }

  /** Which decides whether a pod waits for an image of a policy. */
  @Test
  void operatorMatchesImagesAsKubeletDoes() throws Exception {
    // given
    List<String> keys =
        List.of(
            HOST,
            HOST + "/team-a/",
            HOST + "/team-a/sub/",
            "img.example.cn:5000",
            "img.example.cn/apps",
            "v2.example.cn/v2/",
            "v1.example.cn/v1/team/",
            "docs.example.cn/v2");
    List<String> images =
        List.of(
            HOST + "/team-a/app:1",
            HOST + "/team-a:1",
            HOST + "/team-ab/app",
            HOST + "/team-a/sub/app@" + digest(),
            HOST + "/team-a/subway:1",
            "registry.cn-beijing.aliyuncs.com/team-a/app",
            "img.example.cn:5000/apps/a:1.2@" + digest(),
            "img.example.cn/apps/a",
            "img.example.cn/appsuite/a:1",
            "img.example.cn/other/a:1",
            "v2.example.cn/any/app:1",
            "v1.example.cn/team/app:1",
            "v1.example.cn/other/app:1",
            "docs.example.cn/v2/app:1",
            "docs.example.cn/app:1",
            "nginx",
            "nginx:1.27",
            "library/nginx");
    StringBuilder config = new StringBuilder("{\"auths\": {");
    for (int i = 0; i < keys.size(); i++) {
      config.append(
          "%s\"%s\": {\"username\": \"key%d\", \"password\": \"x\"}"
              .formatted(i == 0 ? "" : ", ", keys.get(i), i));
    }

    // when
    List<String> answers = answers(config.append("}}").toString(), images);

    // then
    for (int i = 0; i < images.size(); i++) {
      String image = images.get(i);
      String[] tried = answers.get(i).split(" ");
      Optional<String> first =
          tried.length == 1
              ? Optional.empty()
              : Optional.of(keys.get(Integer.parseInt(tried[1].substring("key".length()))));
      assertThat(ImageMatch.mostSpecific(image, keys)).as(image).isEqualTo(first);
    }
  }

  // ---- the operator

  private record Item(String name, String yaml) {}

  /** An item whose token has the name of its identity as username. */
  private static Item item(String name, String fields) {
    return new Item(
        name,
        "{%s, credentials: {secretRef: {name: keys, accessKeyIdKey: '%s'}}}"
            .formatted(fields, name));
  }

  private static String dockerConfig(Item... items) {
    return json(content(items));
  }

  private static PullSecretContent content(Item... items) {
    String yaml =
        "metadata: {name: p}\nspec: {registries: [%s]}"
            .formatted(String.join(", ", Arrays.stream(items).map(Item::yaml).toList()));
    PolicyPlan plan =
        new PolicyCompiler(() -> Optional.of("cn-shenzhen"))
            .compile(Serialization.unmarshal(yaml, AcrCredentialPolicy.class));
    assertThat(plan.acceptedRegistries()).as(yaml).hasSize(items.length);
    return PullSecretContent.of(List.of(plan), KubeletMatchIT::state, NOW);
  }

  private static RegistryState state(RegistryRef ref) {
    String name = ((Identity.KeySecret) ref.identity()).accessKeyIdKey();
    RegistryToken token =
        new RegistryToken(name, SensitiveString.of("x"), NOW, NOW.plus(Duration.ofHours(1)), "");
    return new RegistryState(token, "", List.of(), NOW, null, null, null);
  }

  // ---- kubelet

  private List<String> tried(String config, String image) throws Exception {
    String answer = answers(config, List.of(image)).get(0);
    assertThat(answer).startsWith(image);
    return Arrays.stream(answer.substring(image.length()).split(" "))
        .filter(name -> !name.isEmpty())
        .toList();
  }

  private List<String> answers(String config, List<String> images) throws Exception {
    Path file = Files.writeString(folder.resolve("config.json"), config);
    List<String> line = new ArrayList<>(List.of(PROGRAM.toString(), file.toString()));
    line.addAll(images);
    CommandResult result = run(folder, line);
    assertThat(result.exit).as(result.text).isZero();
    return result.text.lines().toList();
  }

  private static String digest() {
    return "sha256:" + "0".repeat(64);
  }

  private static List<String> go(String command, String... arguments) {
    List<String> line = new ArrayList<>(List.of("go", command, "-mod=readonly", "-trimpath"));
    line.addAll(List.of(arguments));
    return line;
  }

  private record CommandResult(int exit, String text) {}

  private static CommandResult run(Path where, List<String> line)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(line).directory(where.toFile()).redirectErrorStream(true);
    builder.environment().put("CGO_ENABLED", "0"); // as in dev/cluster, to use its build cache
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new CommandResult(process.waitFor(), text);
  }

  private static String json(PullSecretContent content) {
    return new String(Base64.getDecoder().decode(content.encoded()), UTF_8);
  }
}
