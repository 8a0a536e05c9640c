// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;

/**
 * Valid and invalid specs. {@link PolicyCompilerTest} passes them to PolicyCompiler and {@link
 * CrdIT} to the rules of the CRD on a real API server: both must agree.
 */
final class SpecTable {

  /** One spec; {@code field} is the path of the expected error, null = the spec is valid. */
  record Row(String spec, String field) {

    boolean isValid() {
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
          + (isValid() ? "" : " ✗ " + field);
    }
  }

  private static final List<Row> ROWS = new ArrayList<>();

  private SpecTable() {}

  static List<Row> rows() {
    return List.copyOf(ROWS);
  }

  static {
    valid("{registries: [{}]}");
    invalid("{registries: []}", "spec.registries");
    invalid("{}", "spec.registries");
    valid("{registries: [%s]}".formatted(times(256, "{}")));
    invalid("{registries: [%s]}".formatted(times(257, "{}")), "spec.registries");

    for (String id : List.of("", "cri-abc", "crpi-0a1b2c", "cri-xxx-1", "cri-" + "a".repeat(62))) {
      valid(registry("instanceId: " + quote(id)));
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
      invalid(registry("instanceId: " + quote(id)), "spec.registries[0].instanceId");
    }

    for (String region :
        List.of(
            "",
            "cn-hangzhou",
            "ap-southeast-1",
            "cn-hangzhou-finance",
            "cn-heyuan-acdr-1",
            "cn-" + "a".repeat(60))) {
      valid(registry("region: " + quote(region)));
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
      invalid(registry("region: " + quote(region)), "spec.registries[0].region");
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
      valid(registry("domains: [%s]".formatted(quote(domain))));
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
      invalid(
          registry("domains: [ok.example.cn, %s]".formatted(quote(domain))),
          "spec.registries[0].domains[1]");
    }
    for (String domain :
        List.of(
            "acme-registry.cn-hangzhou.cr.aliyuncs.com",
            "acme-registry-vpc.distributed.cn-hangzhou.cr.aliyuncs.com:65001",
            "crpi-abc.cn-hangzhou.personal.cr.aliyuncs.com/team")) {
      String domains = "domains: [img.example.cn, %s]".formatted(quote(domain));
      valid(registry("instanceId: cri-abc, " + domains));
      invalid(registry(domains), "spec.registries[0].instanceId");
      invalid(registry("instanceId: '', " + domains), "spec.registries[0].instanceId");
    }
    for (String domain :
        List.of(
            "registry.cn-hangzhou.aliyuncs.com",
            "img.example.cn/x.cr.aliyuncs.com",
            "acme.cr.aliyuncs.com.example.cn")) {
      valid(registry("domains: [%s]".formatted(quote(domain))));
    }
    invalid(registry("domains: [null]"), "spec.registries[0].domains[0]");
    valid(registry("domains: []"));
    valid(registry("domains: [%s]".formatted(times(32, "a.cn"))));
    invalid(registry("domains: [%s]".formatted(times(33, "a.cn"))), "spec.registries[0].domains");

    for (String prefix :
        List.of("team-b", "/team-b/", "team_b/app.x", "v", "v3", "v2b/", "a/v2", "a".repeat(128))) {
      valid(registry("repositoryPrefixes: [%s]".formatted(quote(prefix))));
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
      invalid(
          registry("repositoryPrefixes: [%s]".formatted(quote(prefix))),
          "spec.registries[0].repositoryPrefixes[0]");
    }
    valid(registry("repositoryPrefixes: [%s]".formatted(times(64, "a"))));
    invalid(
        registry("repositoryPrefixes: [%s]".formatted(times(65, "a"))),
        "spec.registries[0].repositoryPrefixes");

    valid(registry("credentials: {}"));
    valid(registry("credentials: {secretRef: {name: account-b}}"));
    valid(
        registry(
            "credentials: {secretRef: {name: a.b, accessKeyIdKey: AK_1.id, accessKeySecretKey:"
                + " sk}}"));
    String secret = "spec.registries[0].credentials.secretRef.";
    invalid(registry("credentials: {secretRef: {}}"), secret + "name");
    for (String name : List.of("", "Account", "account_b", "-a", "a-", "ns/a", "a".repeat(254))) {
      invalid(
          registry("credentials: {secretRef: {name: %s}}".formatted(quote(name))), secret + "name");
    }
    for (String key : List.of("", "a b", "a/b", "a".repeat(254))) {
      invalid(
          registry("credentials: {secretRef: {name: a, accessKeyIdKey: %s}}".formatted(quote(key))),
          secret + "accessKeyIdKey");
      invalid(
          registry(
              "credentials: {secretRef: {name: a, accessKeySecretKey: %s}}".formatted(quote(key))),
          secret + "accessKeySecretKey");
    }

    roles();

    valid(with("targets: {}"));
    valid(with("targets: {namespaces: {}, serviceAccounts: {}}"));
    valid(with("targets: {namespaces: {names: [], exclude: [], selector: {}}}"));
    valid(with("targets: {namespaces: {names: ['*', team-a, '1'], exclude: [kube-system]}}"));
    valid(
        with(
            "targets: {serviceAccounts: {names: ['*', app.v1], selector: {matchLabels: {acr:"
                + " 'on'}}}}"));
    for (String name : List.of("", "team-*", "Team", "a_b", "a.b", "-a", "**", "a".repeat(64))) {
      invalid(
          with("targets: {namespaces: {names: [a, %s]}}".formatted(quote(name))),
          "spec.targets.namespaces.names[1]");
      invalid(
          with("targets: {namespaces: {exclude: [%s]}}".formatted(quote(name))),
          "spec.targets.namespaces.exclude[0]");
    }
    invalid(with("targets: {namespaces: {exclude: ['*']}}"), "spec.targets.namespaces.exclude[0]");
    for (String accounts :
        List.of(
            "{}",
            "{names: ['*']}",
            "{names: [app], selector: {}}",
            "{selector: {matchLabels: {}, matchExpressions: []}}")) {
      valid(with("injectPods: true, targets: {serviceAccounts: %s}".formatted(accounts)));
    }
    for (String selector :
        List.of("matchLabels: {acr: 'on'}", "matchExpressions: [{key: acr, operator: Exists}]")) {
      String targets = "targets: {serviceAccounts: {names: [app], selector: {%s}}}";
      valid(with("injectPods: false, " + targets.formatted(selector)));
      invalid(with("injectPods: true, " + targets.formatted(selector)), "spec.injectPods");
    }
    for (String name : List.of("", "app-*", "Default", "a_b", "a-", "a".repeat(254))) {
      invalid(
          with("targets: {serviceAccounts: {names: [%s]}}".formatted(quote(name))),
          "spec.targets.serviceAccounts.names[0]");
    }
    valid(with("targets: {namespaces: {names: [%s]}}".formatted(times(1024, "a"))));
    invalid(
        with("targets: {namespaces: {names: [%s]}}".formatted(times(1025, "a"))),
        "spec.targets.namespaces.names");

    for (String rule :
        List.of(
            "{key: a, operator: In, values: [b, '']}",
            "{key: a, operator: NotIn, values: [b]}",
            "{key: a.b/c, operator: Exists}",
            "{key: a, operator: DoesNotExist, values: []}")) {
      valid(with("targets: {namespaces: {selector: {matchExpressions: [%s]}}}".formatted(rule)));
      valid(
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
      invalid(
          with("targets: {namespaces: {selector: {matchExpressions: [%s]}}}".formatted(rule)),
          "spec.targets.namespaces.selector.matchExpressions[0]");
    }

    valid(with("binding: Replace"));
    valid(with("suspend: true"));
    for (String duration :
        List.of("15m", "1h30m", "900s", "1.5h", "1ms", "0h1m", "0.000001ms", "999999999h")) {
      valid(with("refreshBefore: " + quote(duration)));
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
      invalid(with("refreshBefore: " + quote(duration)), "spec.refreshBefore");
    }
    for (String email : List.of("", "ops@example.com", "c*@example.com", "运维@example.cn")) {
      valid(with("email: " + quote(email)));
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
      invalid(with("email: " + quote(email)), "spec.email");
    }
  }

  private static void roles() {
    String at = "spec.registries[0].credentials";
    String role = "assumeRole: {roleArn: 'acs:ram::2:role/b'%s}";
    String oidc =
        "oidc: {roleArn: 'acs:ram::1:role/a', providerArn: 'acs:ram::1:oidc-provider/x'%s}";
    String secret = "secretRef: {name: account-b}";
    valid(credentials(role.formatted("")));
    valid(credentials(oidc.formatted("")));
    valid(credentials(secret + ", " + role.formatted("")));
    valid(credentials(oidc.formatted("") + ", " + role.formatted("")));
    invalid(credentials(secret + ", " + oidc.formatted("")), at);
    invalid(credentials(secret + ", " + oidc.formatted("") + ", " + role.formatted("")), at);

    invalid(credentials("assumeRole: {}"), at + ".assumeRole.roleArn");
    invalid(credentials("oidc: {roleArn: 'acs:ram::1:role/a'}"), at + ".oidc.providerArn");
    invalid(credentials("oidc: {providerArn: 'acs:ram::1:oidc-provider/x'}"), at + ".oidc.roleArn");
    for (String arn :
        List.of(
            "acs:ram::1234567890123456:role/AliyunCSManagedAcrRole",
            "acs:ram::1:role/a.b-c_d@e",
            "acs:ram::1:role/" + "a".repeat(176))) {
      valid(credentials("assumeRole: {roleArn: %s}".formatted(quote(arn))));
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
      invalid(
          credentials("assumeRole: {roleArn: %s}".formatted(quote(arn))),
          at + ".assumeRole.roleArn");
      invalid(
          credentials(
              "oidc: {roleArn: %s, providerArn: 'acs:ram::1:oidc-provider/x'}"
                  .formatted(quote(arn))),
          at + ".oidc.roleArn");
    }
    for (String arn :
        List.of("acs:ram::1:oidc-provider/ack-rrsa-c0123", "acs:ram::1:oidc-provider/A_b.c")) {
      valid(
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
      invalid(
          credentials(
              "oidc: {roleArn: 'acs:ram::1:role/a', providerArn: %s}".formatted(quote(arn))),
          at + ".oidc.providerArn");
    }

    for (int seconds : List.of(900, 3600, 43_200)) {
      valid(credentials(role.formatted(", durationSeconds: " + seconds)));
      valid(credentials(oidc.formatted(", durationSeconds: " + seconds)));
    }
    for (int seconds : List.of(-1, 0, 899, 43_201, Integer.MAX_VALUE)) {
      invalid(
          credentials(role.formatted(", durationSeconds: " + seconds)),
          at + ".assumeRole.durationSeconds");
      invalid(
          credentials(oidc.formatted(", durationSeconds: " + seconds)),
          at + ".oidc.durationSeconds");
    }

    for (String id : List.of("42", "cluster-a", "a+b=c,d.e@f:g/h-i_j", "a".repeat(1224))) {
      valid(credentials(role.formatted(", externalId: " + quote(id))));
    }
    for (String id : List.of("", "a", "a b", "a;b", "号码", "a".repeat(1225))) {
      invalid(
          credentials(role.formatted(", externalId: " + quote(id))), at + ".assumeRole.externalId");
    }
    for (String name : List.of("ab", "acr-credential-operator", "A.b@c_d", "a".repeat(64))) {
      valid(credentials(role.formatted(", sessionName: " + quote(name))));
    }
    for (String name : List.of("", "a", "a b", "a/b", "集群", "a".repeat(65))) {
      invalid(
          credentials(role.formatted(", sessionName: " + quote(name))),
          at + ".assumeRole.sessionName");
    }
    for (String policy : List.of("{}", "{\"Version\": \"1\"}", "{\n}\n", "{" + "a".repeat(2047))) {
      valid(credentials(role.formatted(", sessionPolicy: " + quote(policy))));
    }
    for (String policy : List.of("", "[]", "Version: 1", " {}", "{" + "a".repeat(2048))) {
      invalid(
          credentials(role.formatted(", sessionPolicy: " + quote(policy))),
          at + ".assumeRole.sessionPolicy");
    }
  }

  private static void valid(String spec) {
    ROWS.add(new Row(spec, null));
  }

  private static void invalid(String spec, String field) {
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
