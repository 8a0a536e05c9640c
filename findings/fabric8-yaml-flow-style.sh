#!/usr/bin/env bash
# fabric8 kubernetes-client 7.6.1 does not read YAML in flow style: a manifest or kubeconfig that begins with a brace.
#
# Expected: YAML 1.2 contains `{kind: ConfigMap, metadata: {name: a}}`; kubectl and client-go read such manifests and
#   kubeconfigs, because they convert YAML to JSON.
# Seen: Serialization.unmarshal and Config.fromKubeconfig look at the first character. A brace selects the JSON parser,
#   which fails at the first key without quotes (JsonParseException). With a line `---` before it the same text is read.
# Source: io.fabric8.kubernetes.client.utils.KubernetesSerialization#unmarshal(InputStream, Class)
# Why it matters: a kubeconfig that kubectl accepts ends an operator at start with an exception about a character, and
#   neither the file nor the style is named. Manifests in tests fail in the same way.
#
# Needs a JDK 17 and the public Maven repository. Exits with 1 if the behaviour has changed.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.fabric8</groupId>
      <artifactId>kubernetes-client</artifactId>
      <version>7.6.1</version>
    </dependency>
  </dependencies>
</project>
POM
"$repository/mvnw" -q -B -ntp -f pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile=classpath

cat > FlowStyle.java <<'JAVA'
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.function.Supplier;

public class FlowStyle {
  public static void main(String[] arguments) {
    String manifest = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}";
    String kubeconfig =
        "{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}],"
            + " clusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}], users: [{name: a, user: {token: x}}]}";
    print("manifest", () -> name(manifest));
    print("manifest after ---", () -> name("---\n" + manifest));
    print("kubeconfig", () -> Config.fromKubeconfig(kubeconfig).getMasterUrl());
    print("kubeconfig after ---", () -> Config.fromKubeconfig("---\n" + kubeconfig).getMasterUrl());
  }

  static String name(String yaml) {
    return Serialization.<HasMetadata>unmarshal(yaml).getMetadata().getName();
  }

  static void print(String what, Supplier<String> read) {
    try {
      System.out.println(what + ": " + read.get());
    } catch (RuntimeException e) {
      System.out.println(what + ": " + e.getCause().getClass().getSimpleName());
    }
  }
}
JAVA
java -cp "$(cat classpath)" FlowStyle.java 2> /dev/null | tee seen

diff seen - <<'SEEN'
manifest: JsonParseException
manifest after ---: a
kubeconfig: JsonParseException
kubeconfig after ---: https://127.0.0.1:1/
SEEN
echo "as stated"
