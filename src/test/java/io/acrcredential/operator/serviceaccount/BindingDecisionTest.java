// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.serviceaccount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.zjsonpatch.JsonPatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Applies the patches as the API server does. */
class BindingDecisionTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String OURS = "acr-credential-secret-aggregation";

  @Provide
  Arbitrary<List<String>> entries() {
    return Arbitraries.of("a", "b", "c", "", OURS).list().ofMaxSize(7);
  }

  @Provide
  Arbitrary<List<String>> foreignEntries() {
    return Arbitraries.of("a", "b", "c", "").list().ofMaxSize(7);
  }

  @Property
  void appendKeepsForeignEntriesInOrder(@ForAll("entries") List<String> before) {
    // when
    List<String> after = applied(BindingDecision.APPEND, before);

    // then
    if (before.contains(OURS)) {
      assertThat(after).isEqualTo(before);
    } else {
      List<String> expected = new ArrayList<>(before);
      expected.add(OURS);
      assertThat(after).isEqualTo(expected);
    }
  }

  @Property
  void removeRemovesTheOperatorsEntryOnly(@ForAll("entries") List<String> before) {
    assertThat(applied(BindingDecision.REMOVE, before)).isEqualTo(foreign(before));
  }

  @Property
  void removeUndoesAppend(@ForAll("foreignEntries") List<String> before) {
    // when
    List<String> after = applied(BindingDecision.REMOVE, applied(BindingDecision.APPEND, before));

    // then
    assertThat(after).isEqualTo(before);
  }

  @Property
  void replaceKeepsTheOperatorsEntryOnly(@ForAll("entries") List<String> before) {
    assertThat(applied(BindingDecision.REPLACE, before)).containsExactly(OURS);
  }

  @Property
  void ignoreWritesNothing(@ForAll("entries") List<String> before) {
    assertThat(BindingDecision.IGNORE.patch(observed(before), OURS)).isEmpty();
  }

  @Property
  void isSatisfiedAfterItsPatch(
      @ForAll("entries") List<String> before, @ForAll BindingDecision decision) {
    // when
    List<String> after = applied(decision, before);

    // then
    assertThat(decision.isSatisfied(observed(after), OURS)).isTrue();
    assertThat(decision.isSatisfied(observed(before), OURS)).isEqualTo(after.equals(before));
  }

  @Property
  void patchFailsForAChangedObject(
      @ForAll("entries") List<String> before, @ForAll BindingDecision decision) {
    // given
    ObjectNode moved = json(before);
    ((ObjectNode) moved.get("metadata")).put("resourceVersion", "8");

    // when
    Optional<String> patch = decision.patch(observed(before), OURS).map(Object::toString);

    // then
    patch.ifPresent(
        text ->
            assertThatThrownBy(() -> JsonPatch.apply(read(text), moved))
                .hasMessageContaining("found value \"8\""));
  }

  @Example
  void removesTheListWithItsLastEntry() {
    // when
    JsonNode after =
        JsonPatch.apply(
            read(
                BindingDecision.REMOVE
                    .patch(observed(List.of(OURS)), OURS)
                    .orElseThrow()
                    .toString()),
            json(List.of(OURS)));

    // then
    assertThat(after.has("imagePullSecrets")).isFalse();
  }

  private static List<String> foreign(List<String> entries) {
    return entries.stream().filter(entry -> !entry.equals(OURS)).toList();
  }

  private static ObservedServiceAccount observed(List<String> entries) {
    return new ObservedServiceAccount("7", Map.of(), entries);
  }

  private static List<String> applied(BindingDecision decision, List<String> before) {
    JsonNode after =
        decision
            .patch(observed(before), OURS)
            .map(patch -> JsonPatch.apply(read(patch.toString()), json(before)))
            .orElseGet(() -> json(before));
    List<String> entries = new ArrayList<>();
    after.path("imagePullSecrets").forEach(entry -> entries.add(entry.get("name").asText()));
    assertThat(after.get("secrets")).as("what is beside it stays").hasSize(1);
    return entries;
  }

  /** An empty list is absent. */
  private static ObjectNode json(List<String> entries) {
    ObjectNode account =
        (ObjectNode)
            read("{\"metadata\":{\"resourceVersion\":\"7\"},\"secrets\":[{\"name\":\"token\"}]}");
    if (!entries.isEmpty()) {
      ArrayNode list = account.putArray("imagePullSecrets");
      entries.forEach(entry -> list.addObject().put("name", entry));
    }
    return account;
  }

  private static JsonNode read(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }
}
