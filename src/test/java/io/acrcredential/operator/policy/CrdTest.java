// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Compares the CRD, which is written by hand, with the Java types in both directions. */
class CrdTest {

  static final Path FILE = Path.of("src/main/kubernetes/crd.yaml");

  private final CustomResourceDefinition crd = load();
  private final CustomResourceDefinitionVersion version = crd.getSpec().getVersions().get(0);
  private final JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();

  static CustomResourceDefinition load() {
    try (InputStream in = Files.newInputStream(FILE)) {
      return Serialization.unmarshal(in, CustomResourceDefinition.class);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** {@code kubectl explain} shows the description, but not the default. */
  @Test
  void descriptionsNameTheDefault() {
    // when
    Map<String, JSONSchemaProps> withDefault = new TreeMap<>();
    collectDefaults("spec", root.getProperties().get("spec"), withDefault);

    // then
    assertThat(withDefault).containsKeys("spec.binding", "spec.refreshBefore", "spec.suspend");
    withDefault.forEach(
        (path, field) ->
            assertThat(field.getDescription())
                .as(path)
                .contains("Default: " + field.getDefault().asText()));
    assertThat(explained("spec", "registries", "credentials", "secretRef"))
        .contains("Default: the namespace in which the operator runs")
        .doesNotContain("kube-system");
  }

  private String explained(String... path) {
    JSONSchemaProps field = root;
    for (String name : path) {
      JSONSchemaProps found = field.getProperties().get(name);
      field = found.getItems() == null ? found : found.getItems().getSchema();
    }
    return field.getDescription();
  }

  private static void collectDefaults(
      String path, JSONSchemaProps field, Map<String, JSONSchemaProps> found) {
    if (field.getDefault() != null) {
      found.put(path, field);
    }
    if (field.getItems() != null) {
      collectDefaults(path + "[]", field.getItems().getSchema(), found);
    }
    if (field.getProperties() != null) {
      field
          .getProperties()
          .forEach((name, nested) -> collectDefaults(path + "." + name, nested, found));
    }
  }

  @Test
  void namesEqualThoseOfTheJavaClass() {
    assertThat(crd.getMetadata().getName())
        .isEqualTo(CustomResource.getCRDName(AcrCredentialPolicy.class));
    assertThat(crd.getSpec().getGroup()).isEqualTo(AcrCredentialPolicy.GROUP);
    assertThat(crd.getSpec().getScope()).isEqualTo("Cluster");
    assertThat(crd.getSpec().getNames().getKind()).isEqualTo("AcrCredentialPolicy");
    assertThat(crd.getSpec().getNames().getPlural())
        .isEqualTo(new AcrCredentialPolicy().getPlural());
    assertThat(crd.getSpec().getNames().getShortNames()).containsExactly("acrpol");
    assertThat(crd.getSpec().getNames().getCategories()).containsExactly("acr");
    assertThat(version.getName()).isEqualTo("v1alpha1");
    assertThat(version.getSubresources().getStatus()).isNotNull();
  }

  @Test
  void pathsAndTypesEqualThoseOfTheJavaRecords() {
    // given
    Map<String, String> java = new TreeMap<>();
    ObjectMapper mapper = Serialization.jsonMapper();
    walkJava(mapper, mapper.constructType(AcrCredentialPolicySpec.class), "spec", java);
    walkJava(mapper, mapper.constructType(AcrCredentialPolicyStatus.class), "status", java);

    // when
    Map<String, String> yaml = new TreeMap<>();
    walkSchema(root.getProperties().get("spec"), "spec", yaml);
    walkSchema(root.getProperties().get("status"), "status", yaml);

    // then
    assertThat(yaml).isEqualTo(java);
  }

  @Test
  void everyFieldHasADescription() {
    assertThat(root.getDescription()).isNotBlank();
    root.getProperties().forEach((name, schema) -> assertDescribed(name, schema));
  }

  private void assertDescribed(String path, JSONSchemaProps schema) {
    if (!path.equals("metadata")) { // the API server allows no description here
      assertThat(schema.getDescription()).as(path).isNotBlank();
    }
    children(schema).forEach((name, child) -> assertDescribed(path + name, child));
  }

  /**
   * Without limits the API server rejects CEL rules as too expensive, and tenants could fill etcd.
   */
  @Test
  void everyListAndStringOfTheSpecHasALimit() {
    assertLimited("spec", root.getProperties().get("spec"));
  }

  private void assertLimited(String path, JSONSchemaProps schema) {
    if ("array".equals(schema.getType())) {
      assertThat(schema.getMaxItems()).as(path).isNotNull();
      assertThat(schema.getXKubernetesListType()).as(path).isEqualTo("atomic");
    }
    if ("string".equals(schema.getType())
        && (schema.getEnum() == null || schema.getEnum().isEmpty())) {
      assertThat(schema.getMaxLength()).as(path).isNotNull();
    }
    children(schema).forEach((name, child) -> assertLimited(path + name, child));
  }

  @Test
  void everyRuleMessageSaysWhatToWrite() {
    assertRuleMessages("spec", root.getProperties().get("spec"));
  }

  private void assertRuleMessages(String path, JSONSchemaProps schema) {
    assertThat(schema.getPattern())
        .as("the error of a pattern is unreadable; use a rule: " + path)
        .isNull();
    if (schema.getXKubernetesValidations() != null) {
      schema
          .getXKubernetesValidations()
          .forEach(r -> assertThat(r.getMessage()).as(path).startsWith("write "));
    }
    children(schema).forEach((name, child) -> assertRuleMessages(path + name, child));
  }

  @Test
  void hasTheDocumentedColumns() {
    assertThat(version.getAdditionalPrinterColumns())
        .extracting(CustomResourceColumnDefinition::getName)
        .containsExactly(
            "READY",
            "REASON",
            "FRESH",
            "BOUND",
            "AGE",
            "NAMESPACES",
            "SERVICEACCOUNTS",
            "NEXT REFRESH");
    assertThat(version.getAdditionalPrinterColumns())
        .filteredOn(column -> column.getPriority() != null && column.getPriority() > 0)
        .as("shown by -o wide alone")
        .extracting(CustomResourceColumnDefinition::getName)
        .containsExactly("NAMESPACES", "SERVICEACCOUNTS", "NEXT REFRESH");
    assertThat(version.getAdditionalPrinterColumns())
        .extracting(CustomResourceColumnDefinition::getJsonPath)
        .containsExactly(
            ".status.conditions[?(@.type==\"Ready\")].status",
            ".status.conditions[?(@.type==\"Ready\")].reason",
            ".status.fresh",
            ".status.bound",
            ".metadata.creationTimestamp",
            ".status.namespaces",
            ".status.serviceAccounts",
            ".status.nextRefreshAt");
  }

  @Test
  void defaultsEqualThoseOfTheCode() {
    Map<String, JSONSchemaProps> spec = root.getProperties().get("spec").getProperties();
    assertThat(spec.get("binding").getDefault().asText()).isEqualTo("Append");
    assertThat(GoDuration.parse(spec.get("refreshBefore").getDefault().asText()))
        .contains(PolicyValidator.DEFAULT_REFRESH_BEFORE);
    assertThat(spec.get("suspend").getDefault().asBoolean()).isFalse();
    assertThat(spec.get("healPods").getDefault().asBoolean()).isFalse();
    assertThat(spec.get("injectPods").getDefault().asBoolean()).isFalse();
    assertThat(spec.get("bindAtCreation").getDefault().asBoolean()).isTrue();
    Map<String, JSONSchemaProps> credentials =
        spec.get("registries")
            .getItems()
            .getSchema()
            .getProperties()
            .get("credentials")
            .getProperties();
    assertDefault(credentials, "secretRef", "accessKeyIdKey", Identity.KeySecret.DEFAULT_ID_KEY);
    assertDefault(
        credentials, "secretRef", "accessKeySecretKey", Identity.KeySecret.DEFAULT_SECRET_KEY);
    String duration = String.valueOf(Identity.Role.DEFAULT_DURATION_SECONDS);
    assertDefault(credentials, "oidc", "durationSeconds", duration);
    assertDefault(credentials, "assumeRole", "durationSeconds", duration);
    assertDefault(credentials, "assumeRole", "sessionName", Identity.Role.DEFAULT_SESSION_NAME);
  }

  private static void assertDefault(
      Map<String, JSONSchemaProps> credentials, String kind, String field, String value) {
    assertThat(credentials.get(kind).getProperties().get(field).getDefault().asText())
        .as(kind + "." + field)
        .isEqualTo(value);
  }

  private static Map<String, JSONSchemaProps> children(JSONSchemaProps schema) {
    Map<String, JSONSchemaProps> children = new TreeMap<>();
    if (schema.getProperties() != null) {
      schema.getProperties().forEach((name, child) -> children.put("." + name, child));
    }
    if (schema.getItems() != null) {
      children.put("[]", schema.getItems().getSchema());
    }
    if (schema.getAdditionalProperties() != null) {
      children.put(".*", schema.getAdditionalProperties().getSchema());
    }
    return children;
  }

  private static void walkSchema(JSONSchemaProps schema, String path, Map<String, String> out) {
    String type = schema.getType();
    if (schema.getEnum() != null && !schema.getEnum().isEmpty() && !isForeignEnum(path)) {
      type += schema.getEnum().stream().map(e -> e.asText()).sorted().toList();
    }
    out.put(path, type.equals("integer") ? type + ":" + schema.getFormat() : type);
    children(schema).forEach((name, child) -> walkSchema(child, path + name, out));
  }

  /** Enumerations of Kubernetes that are plain strings in the fabric8 model. */
  private static boolean isForeignEnum(String path) {
    return path.endsWith("matchExpressions[].operator") || path.endsWith("conditions[].status");
  }

  private static void walkJava(
      ObjectMapper mapper, JavaType type, String path, Map<String, String> out) {
    Class<?> raw = type.getRawClass();
    if (List.class.isAssignableFrom(raw)) {
      out.put(path, "array");
      walkJava(mapper, type.getContentType(), path + "[]", out);
    } else if (Map.class.isAssignableFrom(raw)) {
      out.put(path, "object");
      walkJava(mapper, type.getContentType(), path + ".*", out);
    } else if (raw.isEnum()) {
      out.put(
          path,
          "string" + Arrays.stream(raw.getEnumConstants()).map(Object::toString).sorted().toList());
    } else if (raw == String.class) {
      out.put(path, "string");
    } else if (raw == Boolean.class) {
      out.put(path, "boolean");
    } else if (raw == Long.class) {
      out.put(path, "integer:int64");
    } else if (raw == Integer.class) {
      out.put(path, "integer:int32");
    } else {
      out.put(path, "object");
      for (BeanPropertyDefinition property :
          mapper.getSerializationConfig().introspect(type).findProperties()) {
        if (!property.getName().equals("additionalProperties")) {
          walkJava(mapper, property.getPrimaryType(), path + "." + property.getName(), out);
        }
      }
    }
  }
}
