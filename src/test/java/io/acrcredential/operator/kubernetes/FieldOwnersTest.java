// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class FieldOwnersTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String HELM = entry("helm", "Apply", "'f:imagePullSecrets':{}");
  private static final String OURS =
      entry("acr-credential-operator", "Update", "'f:imagePullSecrets':{}");

  @Test
  void restoresTheOwnersFromBeforeTheWrite() {
    // given
    FieldOwners before = FieldOwners.of(object(7, HELM));
    String helmWithoutList = entry("helm", "Apply", "'f:metadata':{}");

    // when
    String patch = patch(before, object(8, helmWithoutList, OURS));

    // then
    assertThat(patch)
        .isEqualTo(
            "[{'op':'test','path':'/metadata/resourceVersion','value':'8'},{'op':'add','path':'/metadata/managedFields','value':[%s]}]"
                .formatted(HELM));
  }

  @Test
  void sendsNothingIfTheOwnersAreTheSame() {
    assertThat(FieldOwners.of(object(7, HELM)).restore(object(8, HELM), "imagePullSecrets"))
        .isEmpty();
  }

  @Test
  void givesUpTheNewListOfAnObjectThatSomebodyApplies() {
    // given
    String labels = entry("helm", "Apply", "'f:metadata':{}");

    // then
    assertThat(patch(FieldOwners.UNKNOWN, object(8, labels, OURS)))
        .endsWith("{'op':'remove','path':'/metadata/managedFields/1'}]");
  }

  /** There can be no conflict, and the second patch would double the writes. */
  @Test
  void keepsTheNewListOfAnObjectThatNobodyApplies() {
    // given
    String updated = entry("kubectl", "Update", "'f:metadata':{}");

    // then
    assertThat(FieldOwners.UNKNOWN.restore(object(8, updated, OURS), "imagePullSecrets")).isEmpty();
    assertThat(FieldOwners.UNKNOWN.restore(object(8), "imagePullSecrets")).isEmpty();
  }

  @Test
  void removesNoEntryThatOwnsMore() {
    // given
    String more =
        entry("acr-credential-operator", "Update", "'f:imagePullSecrets':{},'f:metadata':{}");

    // then
    assertThat(FieldOwners.UNKNOWN.restore(object(8, HELM, more), "imagePullSecrets")).isEmpty();
  }

  private static String patch(FieldOwners before, JsonNode written) {
    return before.restore(written, "imagePullSecrets").orElseThrow().toString().replace('"', '\'');
  }

  private static String entry(String manager, String operation, String fields) {
    return "{'manager':'%s','operation':'%s','fieldsV1':{%s}}"
        .formatted(manager, operation, fields);
  }

  private static JsonNode object(int version, String... owners) {
    try {
      return JSON.readTree(
          "{'metadata':{'resourceVersion':'%d','managedFields':[%s]}}"
              .formatted(version, String.join(",", owners))
              .replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }
}
