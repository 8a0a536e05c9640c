// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Optional;

/**
 * Which client owns which fields of an object: its {@code metadata.managedFields}. A client that
 * changes an atomic list becomes its only owner, and the next server-side apply of the client that
 * owned it before is refused with a conflict. A second patch can undo that; the API server ignores
 * managed fields in the patch that changes the list.
 */
public final class FieldOwners {

  private static final String PATH = JsonPatch.pointer("metadata", "managedFields");

  /** No owners are known. */
  public static final FieldOwners UNKNOWN = new FieldOwners(MissingNode.getInstance());

  private final JsonNode entries;

  private FieldOwners(JsonNode entries) {
    this.entries = entries;
  }

  /** The owners in a reply of the API server. */
  public static FieldOwners of(JsonNode object) {
    return new FieldOwners(object.at(PATH));
  }

  /** Whether they are known; an object that no client set a field of has none. */
  public boolean areKnown() {
    return !entries.isEmpty();
  }

  /**
   * The patch after which the owners are again those from before a write of this operator.
   *
   * @param written the reply to the write
   * @param field the only field that the operator writes in such objects
   * @return empty if nothing needs to be given back
   */
  public Optional<JsonPatch> restore(JsonNode written, String field) {
    FieldOwners now = of(written);
    if (areKnown()) {
      return entries.equals(now.entries)
          ? Optional.empty()
          : Optional.of(patch(written).add(PATH, entries));
    }
    return now.hasApplier()
        ? now.indexOfOwn(field).map(index -> patch(written).remove(PATH + '/' + index))
        : Optional.empty();
  }

  /** Without one, no conflict is possible, so the second patch would be for nothing. */
  private boolean hasApplier() {
    for (JsonNode entry : entries) {
      if (entry.path("operation").asText().equals("Apply")) {
        return true;
      }
    }
    return false;
  }

  private Optional<Integer> indexOfOwn(String field) {
    for (int i = 0; i < entries.size(); i++) {
      JsonNode entry = entries.get(i);
      if (entry.path("manager").asText().equals(JsonPatch.FIELD_MANAGER)
          && entry.path("fieldsV1").size() == 1
          && entry.path("fieldsV1").has("f:" + field)) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }

  private static JsonPatch patch(JsonNode object) {
    return JsonPatch.ofVersion(object.at("/metadata/resourceVersion").asText());
  }
}
