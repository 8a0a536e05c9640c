// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds a JSON patch (RFC 6902) of one version of an object. Its first operation tests the
 * resource version, so the API server refuses the patch with status 422 if the object has changed.
 */
public final class JsonPatch {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final PatchContext CONTEXT = PatchContext.of(PatchType.JSON);

  /** The owner of the fields that the operator writes, in {@code metadata.managedFields}. */
  public static final String FIELD_MANAGER = "acr-credential-operator";

  static {
    CONTEXT.setFieldManager(FIELD_MANAGER);
  }

  private final List<Map<String, Object>> operations = new ArrayList<>();

  private JsonPatch() {}

  /** Starts a patch of the object at this resource version. */
  public static JsonPatch ofVersion(String resourceVersion) {
    return new JsonPatch().with("test", "/metadata/resourceVersion", resourceVersion);
  }

  /** Joins the segments of a path to a JSON pointer (RFC 6901); escapes what needs escaping. */
  public static String pointer(String... segments) {
    StringBuilder pointer = new StringBuilder();
    for (String segment : segments) {
      pointer.append('/').append(segment.replace("~", "~0").replace("/", "~1"));
    }
    return pointer.toString();
  }

  /**
   * Sets a field, or inserts an array element ({@code /-} appends).
   *
   * @param value anything that Jackson can write
   */
  public JsonPatch add(String pointer, Object value) {
    return with("add", pointer, value);
  }

  /** Removes a field or an array element, which must exist. */
  public JsonPatch remove(String pointer) {
    operation("remove", pointer);
    return this;
  }

  /**
   * Sends the patch.
   *
   * @param resource made from an object: from a name alone, the client reads the object first
   * @return the object after the patch
   */
  public <T> T applyTo(Resource<T> resource) {
    return resource.patch(CONTEXT, toString());
  }

  /**
   * Sends the patch to the status subresource, whose API ignores changes of anything else.
   *
   * @param resource made from an object, as for {@link #applyTo}
   * @return the object after the patch
   */
  public <T> T applyToStatus(Resource<T> resource) {
    return resource.subresource("status").patch(CONTEXT, toString());
  }

  private JsonPatch with(String op, String pointer, Object value) {
    operation(op, pointer).put("value", value);
    return this;
  }

  private Map<String, Object> operation(String op, String pointer) {
    Map<String, Object> operation = new LinkedHashMap<>();
    operation.put("op", op);
    operation.put("path", pointer);
    operations.add(operation);
    return operation;
  }

  /** The patch as JSON. It holds what is written, even a token: never log it. */
  @Override
  public String toString() {
    try {
      return JSON.writeValueAsString(operations);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("a value of the patch cannot be written as JSON", e);
    }
  }
}
