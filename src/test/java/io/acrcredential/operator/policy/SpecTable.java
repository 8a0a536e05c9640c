package io.acrcredential.operator.policy;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;

/**
 * Specs, right and wrong. {@link PolicyCompilerTest} runs them through PolicyCompiler and {@link
 * CrdIT} through the CRD's rules on a real API server: the two must agree.
 */
final class SpecTable {

  /** One spec; {@code field} is where the problem is told, null = it is right. */
  record Row(String spec, String field) {

    boolean accepted() {
      return field == null;
    }

    AcrCredentialPolicy policy(String name) {
      return Serialization.unmarshal(yaml(name), AcrCredentialPolicy.class);
    }

    String yaml(String name) {
      return "apiVersion: acrcredential.io/v1alpha1\nkind: AcrCredentialPolicy\nmetadata: {name: %s}\nspec: %s\n"
          .formatted(name, spec);
    }

    @Override
    public String toString() {
      return (spec.length() > 120 ? spec.substring(0, 120) + "…" : spec)
          + (accepted() ? "" : " ✗ " + field);
    }
  }

  private static final List<Row> ROWS = new ArrayList<>();

  private SpecTable() {}

  static List<Row> rows() {
    return List.copyOf(ROWS);
  }

  static {
    right("{registries: [{}]}");
    wrong("{registries: []}", "spec.registries");
    wrong("{}", "spec.registries");
    right("{registries: [%s]}".formatted(times(256, "{}")));
    wrong("{registries: [%s]}".formatted(times(257, "{}")), "spec.registries");

    for (String id : List.of("", "cri-abc", "crpi-0a1b2c", "cri-xxx-1", "cri-" + "a".repeat(62))) {
      right(registry("instanceId: " + quote(id)));
    }
    for (String id :
        List.of(
            "abc",
            "cr-abc",
            "cri-",
            "cri--a",
            "cri-ABC",
            "cri-a,cri-b",
            " cri-a",
            "cri-a\n",
            "cri-" + "a".repeat(63))) {
      wrong(registry("instanceId: " + quote(id)), "spec.registries[0].instanceId");
    }

    for (String region :
        List.of(
            "",
            "cn-hangzhou",
            "ap-southeast-1",
            "cn-hangzhou-finance",
            "cn-heyuan-acdr-1",
            "cn-" + "a".repeat(60))) {
      right(registry("region: " + quote(region)));
    }
    for (String region :
        List.of(
            "cn",
            "CN-hangzhou",
            "cn_hangzhou",
            "c-hangzhou",
            "cn-",
            "-hangzhou",
            "cn-hangzhou.evil.example",
            "cn-hangzhou/",
            "cn-hangzhou\n",
            "华东1",
            "cn-" + "a".repeat(61))) {
      wrong(registry("region: " + quote(region)), "spec.registries[0].region");
    }

    for (String domain :
        List.of(
            "img.example.cn",
            "localhost",
            "img.example.cn:5000",
            "img.example.cn:65535",
            "a--b.example.cn/team/app",
            "xn--fiq228c.cn",
            "10.0.0.1:5000/",
            "img.example.cn/v3/app",
            "img.example.cn/v2app",
            "v2.example.cn",
            "a".repeat(160))) {
      right(registry("domains: [%s]".formatted(quote(domain))));
    }
    for (String domain :
        List.of(
            "",
            "*",
            "*.example.cn",
            "img.*",
            "https://img.example.cn",
            "Img.example.cn",
            "img..example.cn",
            ".example.cn",
            "img.example.cn.",
            "-img.example.cn",
            "img-.example.cn",
            "img.-example.cn",
            "img.example.cn:",
            "img.example.cn:0",
            "img.example.cn:123456",
            "img.example.cn//a",
            "img.example.cn/A",
            "img.example.cn/*",
            "img.example.cn,b.example.cn",
            " img.example.cn",
            "user@img.example.cn",
            "img.example.cn?x",
            "中文.cn",
            "img.example.cn/v2",
            "img.example.cn:5000/v1/app",
            "a".repeat(161))) {
      wrong(
          registry("domains: [ok.example.cn, %s]".formatted(quote(domain))),
          "spec.registries[0].domains[1]");
    }
    wrong(registry("domains: [null]"), "spec.registries[0].domains[0]");
    right(registry("domains: []"));
    right(registry("domains: [%s]".formatted(times(32, "a.cn"))));
    wrong(registry("domains: [%s]".formatted(times(33, "a.cn"))), "spec.registries[0].domains");

    for (String prefix :
        List.of("team-b", "/team-b/", "team_b/app.x", "v", "v3", "v2b/", "a/v2", "a".repeat(128))) {
      right(registry("repositoryPrefixes: [%s]".formatted(quote(prefix))));
    }
    for (String prefix :
        List.of(
            "",
            "/",
            "Team",
            "team-*",
            "a//b",
            "host:5000/team",
            "team b",
            "v1",
            "/v2/",
            "v2/team",
            "a".repeat(129))) {
      wrong(
          registry("repositoryPrefixes: [%s]".formatted(quote(prefix))),
          "spec.registries[0].repositoryPrefixes[0]");
    }
    right(registry("repositoryPrefixes: [%s]".formatted(times(64, "a"))));
    wrong(
        registry("repositoryPrefixes: [%s]".formatted(times(65, "a"))),
        "spec.registries[0].repositoryPrefixes");

    right(registry("credentials: {}"));
    right(registry("credentials: {secretRef: {name: account-b}}"));
    right(
        registry(
            "credentials: {secretRef: {name: a.b, accessKeyIdKey: AK_1.id, accessKeySecretKey:"
                + " sk}}"));
    String secret = "spec.registries[0].credentials.secretRef.";
    wrong(registry("credentials: {secretRef: {}}"), secret + "name");
    for (String name : List.of("", "Account", "account_b", "-a", "a-", "ns/a", "a".repeat(254))) {
      wrong(
          registry("credentials: {secretRef: {name: %s}}".formatted(quote(name))), secret + "name");
    }
    for (String key : List.of("", "a b", "a/b", "a".repeat(254))) {
      wrong(
          registry("credentials: {secretRef: {name: a, accessKeyIdKey: %s}}".formatted(quote(key))),
          secret + "accessKeyIdKey");
      wrong(
          registry(
              "credentials: {secretRef: {name: a, accessKeySecretKey: %s}}".formatted(quote(key))),
          secret + "accessKeySecretKey");
    }

    roles();

    right(with("targets: {}"));
    right(with("targets: {namespaces: {}, serviceAccounts: {}}"));
    right(with("targets: {namespaces: {names: [], exclude: [], selector: {}}}"));
    right(with("targets: {namespaces: {names: ['*', team-a, '1'], exclude: [kube-system]}}"));
    right(
        with(
            "targets: {serviceAccounts: {names: ['*', app.v1], selector: {matchLabels: {acr:"
                + " 'on'}}}}"));
    for (String name : List.of("", "team-*", "Team", "a_b", "a.b", "-a", "**", "a".repeat(64))) {
      wrong(
          with("targets: {namespaces: {names: [a, %s]}}".formatted(quote(name))),
          "spec.targets.namespaces.names[1]");
      wrong(
          with("targets: {namespaces: {exclude: [%s]}}".formatted(quote(name))),
          "spec.targets.namespaces.exclude[0]");
    }
    wrong(with("targets: {namespaces: {exclude: ['*']}}"), "spec.targets.namespaces.exclude[0]");
    for (String name : List.of("", "app-*", "Default", "a_b", "a-", "a".repeat(254))) {
      wrong(
          with("targets: {serviceAccounts: {names: [%s]}}".formatted(quote(name))),
          "spec.targets.serviceAccounts.names[0]");
    }
    right(with("targets: {namespaces: {names: [%s]}}".formatted(times(1024, "a"))));
    wrong(
        with("targets: {namespaces: {names: [%s]}}".formatted(times(1025, "a"))),
        "spec.targets.namespaces.names");

    for (String rule :
        List.of(
            "{key: a, operator: In, values: [b, '']}",
            "{key: a, operator: NotIn, values: [b]}",
            "{key: a.b/c, operator: Exists}",
            "{key: a, operator: DoesNotExist, values: []}")) {
      right(with("targets: {namespaces: {selector: {matchExpressions: [%s]}}}".formatted(rule)));
      right(
          with("targets: {serviceAccounts: {selector: {matchExpressions: [%s]}}}".formatted(rule)));
    }
    for (String rule :
        List.of(
            "{key: a, operator: In}",
            "{key: a, operator: NotIn, values: []}",
            "{key: a, operator: Exists, values: [b]}",
            "{key: a, operator: DoesNotExist, values: [b]}",
            "{key: a, operator: in, values: [b]}",
            "{key: a}",
            "{operator: Exists}")) {
      wrong(
          with("targets: {namespaces: {selector: {matchExpressions: [%s]}}}".formatted(rule)),
          "spec.targets.namespaces.selector.matchExpressions[0]");
    }

    right(with("binding: Replace"));
    right(with("suspend: true"));
    for (String duration :
        List.of("15m", "1h30m", "900s", "1.5h", "1ms", "0h1m", "0.000001ms", "999999999h")) {
      right(with("refreshBefore: " + quote(duration)));
    }
    for (String duration :
        List.of(
            "",
            "0",
            "0s",
            "0h0.0m",
            "-15m",
            "15",
            "15 m",
            "15M",
            "15min",
            "1d",
            "m",
            ".5h",
            "1.0000000h",
            "1234567890h",
            " 15m",
            "15m\n",
            "1m".repeat(17))) {
      wrong(with("refreshBefore: " + quote(duration)), "spec.refreshBefore");
    }
    for (String email : List.of("", "ops@example.com", "c*@example.com", "运维@example.cn")) {
      right(with("email: " + quote(email)));
    }
    for (String email :
        List.of(
            "ops",
            "@example.com",
            "ops@",
            "a@b@c",
            "a b@c",
            "ops@example.com, x@y.cn",
            " ",
            "a@" + "b".repeat(253))) {
      wrong(with("email: " + quote(email)), "spec.email");
    }
  }

  private static void roles() {
    String at = "spec.registries[0].credentials";
    String role = "assumeRole: {roleArn: 'acs:ram::2:role/b'%s}";
    String oidc =
        "oidc: {roleArn: 'acs:ram::1:role/a', providerArn: 'acs:ram::1:oidc-provider/x'%s}";
    String secret = "secretRef: {name: account-b}";
    right(credentials(role.formatted("")));
    right(credentials(oidc.formatted("")));
    right(credentials(secret + ", " + role.formatted("")));
    right(credentials(oidc.formatted("") + ", " + role.formatted("")));
    wrong(credentials(secret + ", " + oidc.formatted("")), at);
    wrong(credentials(secret + ", " + oidc.formatted("") + ", " + role.formatted("")), at);

    wrong(credentials("assumeRole: {}"), at + ".assumeRole.roleArn");
    wrong(credentials("oidc: {roleArn: 'acs:ram::1:role/a'}"), at + ".oidc.providerArn");
    wrong(credentials("oidc: {providerArn: 'acs:ram::1:oidc-provider/x'}"), at + ".oidc.roleArn");
    for (String arn :
        List.of(
            "acs:ram::1234567890123456:role/AliyunCSManagedAcrRole",
            "acs:ram::1:role/a.b-c_d@e",
            "acs:ram::1:role/" + "a".repeat(176))) {
      right(credentials("assumeRole: {roleArn: %s}".formatted(quote(arn))));
    }
    for (String arn :
        List.of(
            "",
            "acr-pull",
            "acs:ram::.*:role/kubernetesworkerrole-test",
            "<ARN of the role created in Account B>",
            "arn:aws:iam::1:role/b",
            "acs:ram:cn-hangzhou:1:role/b",
            "acs:ram:1:role/b",
            "acs:ram::1:user/b",
            "acs:ram::1:role/",
            "acs:ram::1:role/a/b",
            "acs:ram::1:role/a b",
            "acs:ram::1:role/a\n",
            "acs:ram::１:role/a",
            " acs:ram::1:role/a",
            "acs:ram::1:oidc-provider/x",
            "acs:ram::1:role/" + "a".repeat(177))) {
      wrong(
          credentials("assumeRole: {roleArn: %s}".formatted(quote(arn))),
          at + ".assumeRole.roleArn");
      wrong(
          credentials(
              "oidc: {roleArn: %s, providerArn: 'acs:ram::1:oidc-provider/x'}"
                  .formatted(quote(arn))),
          at + ".oidc.roleArn");
    }
    for (String arn :
        List.of("acs:ram::1:oidc-provider/ack-rrsa-c0123", "acs:ram::1:oidc-provider/A_b.c")) {
      right(
          credentials(
              "oidc: {roleArn: 'acs:ram::1:role/a', providerArn: %s}".formatted(quote(arn))));
    }
    for (String arn :
        List.of(
            "",
            "ack-rrsa-c0123",
            "acs:ram::1:role/x",
            "acs:ram::1:saml-provider/x",
            "acs:ram::1:oidc-provider/")) {
      wrong(
          credentials(
              "oidc: {roleArn: 'acs:ram::1:role/a', providerArn: %s}".formatted(quote(arn))),
          at + ".oidc.providerArn");
    }

    for (int seconds : List.of(900, 3600, 43_200)) {
      right(credentials(role.formatted(", durationSeconds: " + seconds)));
      right(credentials(oidc.formatted(", durationSeconds: " + seconds)));
    }
    for (int seconds : List.of(-1, 0, 899, 43_201, Integer.MAX_VALUE)) {
      wrong(
          credentials(role.formatted(", durationSeconds: " + seconds)),
          at + ".assumeRole.durationSeconds");
      wrong(
          credentials(oidc.formatted(", durationSeconds: " + seconds)),
          at + ".oidc.durationSeconds");
    }

    for (String id : List.of("42", "cluster-a", "a+b=c,d.e@f:g/h-i_j", "a".repeat(1224))) {
      right(credentials(role.formatted(", externalId: " + quote(id))));
    }
    for (String id : List.of("", "a", "a b", "a;b", "号码", "a".repeat(1225))) {
      wrong(
          credentials(role.formatted(", externalId: " + quote(id))), at + ".assumeRole.externalId");
    }
    for (String name : List.of("ab", "acr-credential-operator", "A.b@c_d", "a".repeat(64))) {
      right(credentials(role.formatted(", sessionName: " + quote(name))));
    }
    for (String name : List.of("", "a", "a b", "a/b", "集群", "a".repeat(65))) {
      wrong(
          credentials(role.formatted(", sessionName: " + quote(name))),
          at + ".assumeRole.sessionName");
    }
    for (String policy : List.of("{}", "{\"Version\": \"1\"}", "{\n}\n", "{" + "a".repeat(2047))) {
      right(credentials(role.formatted(", sessionPolicy: " + quote(policy))));
    }
    for (String policy : List.of("", "[]", "Version: 1", " {}", "{" + "a".repeat(2048))) {
      wrong(
          credentials(role.formatted(", sessionPolicy: " + quote(policy))),
          at + ".assumeRole.sessionPolicy");
    }
  }

  private static void right(String spec) {
    ROWS.add(new Row(spec, null));
  }

  private static void wrong(String spec, String field) {
    ROWS.add(new Row(spec, field));
  }

  private static String registry(String fields) {
    return "{registries: [{%s}]}".formatted(fields);
  }

  private static String credentials(String fields) {
    return registry("credentials: {%s}".formatted(fields));
  }

  private static String with(String field) {
    return "{registries: [{instanceId: cri-abc}], %s}".formatted(field);
  }

  private static String quote(String text) {
    return '"' + text.replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }

  private static String times(int count, String text) {
    return String.join(", ", java.util.Collections.nCopies(count, text));
  }
}
