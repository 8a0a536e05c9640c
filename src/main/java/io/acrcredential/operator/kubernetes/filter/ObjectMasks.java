// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.filter;

import io.fabric8.kubernetes.client.http.HttpRequest;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The fields that the records of namespaces, pull Secrets, ServiceAccounts and pods need. Whoever
 * may write in one namespace can create any number of objects of 1.5 MB there.
 */
final class ObjectMasks {

  /**
   * The size of the kept fields of a ServiceAccount or pod above which it is ignored, as if it did
   * not exist. An entry of {@code imagePullSecrets} takes 262 bytes and its name, so the 1,000
   * entries that other writers may add are below, and so are a hundred containers.
   */
  static final int OBJECT_LIMIT = 512 * 1024;

  /**
   * The size above which the owners of the fields of an object are not read. The Kubernetes client
   * refuses JSON with a field name of more than 50,000 characters.
   */
  static final int MANAGED_FIELDS_LIMIT = 48 * 1024;

  /** The same in a list, whose page has up to 500 objects. */
  static final int LISTED_MANAGED_FIELDS_LIMIT = 16 * 1024;

  private static final FieldMask ALL = FieldMask.ALL;
  private static final FieldMask LABELED =
      FieldMask.of(
          Map.of(
              "name", ALL,
              "namespace", ALL,
              "resourceVersion", ALL,
              "deletionTimestamp", ALL,
              "labels", ALL));
  private static final FieldMask NAMESPACE = object(LABELED, Map.of());
  private static final FieldMask PULL_SECRET =
      object(
          with(LABELED, Map.of("annotations", FieldMask.ofPrefix("acrcredential.io/"))),
          Map.of(
              "type", ALL,
              "immutable", ALL,
              "data", FieldMask.of(Map.of(".dockerconfigjson", ALL))));
  private static final FieldMask SERVICE_ACCOUNT = serviceAccount(LABELED);

  /** As {@link FieldOwners} needs it. */
  private static final FieldMask OWNED_SERVICE_ACCOUNT =
      serviceAccount(with(LABELED, Map.of("managedFields", ALL.limitField(MANAGED_FIELDS_LIMIT))));

  /**
   * {@code explain namespace} names who owns {@code imagePullSecrets}. No cache is filled from such
   * a list.
   */
  private static final FieldMask LISTED_OWNED_SERVICE_ACCOUNT =
      serviceAccount(
          with(LABELED, Map.of("managedFields", ALL.limitField(LISTED_MANAGED_FIELDS_LIMIT))));

  /**
   * Of a watched Secret, whose data has names of its own. Managed fields and references to owners
   * have no limit.
   */
  private static final FieldMask SECRET =
      object(
          with(LABELED, Map.of("uid", ALL, "creationTimestamp", ALL, "annotations", ALL)),
          Map.of("type", ALL, "immutable", ALL, "data", ALL));

  private static final FieldMask CONTAINER = FieldMask.of(Map.of("name", ALL, "image", ALL));
  private static final FieldMask CONTAINER_STATUS =
      with(
          CONTAINER,
          Map.of("state", FieldMask.of(Map.of("waiting", FieldMask.of(Map.of("reason", ALL))))));
  private static final FieldMask POD =
      object(
          FieldMask.of(
              Map.of(
                  "name", ALL,
                  "namespace", ALL,
                  "resourceVersion", ALL,
                  "uid", ALL,
                  "creationTimestamp", ALL,
                  "deletionTimestamp", ALL,
                  "ownerReferences", ALL,
                  "labels", FieldMask.of(Map.of("pod-template-hash", ALL)),
                  "annotations", FieldMask.of(Map.of("kubernetes.io/config.mirror", ALL)))),
          Map.of(
              "spec",
              FieldMask.of(
                  Map.of(
                      "serviceAccountName", ALL,
                      "imagePullSecrets", FieldMask.of(Map.of("name", ALL)),
                      "initContainers", CONTAINER,
                      "containers", CONTAINER)),
              "status",
              FieldMask.of(
                  Map.of(
                      "initContainerStatuses", CONTAINER_STATUS,
                      "containerStatuses", CONTAINER_STATUS))));

  /** What is left of an object that is ignored. */
  private static final FieldMask NAMED =
      object(FieldMask.of(Map.of("name", ALL, "namespace", ALL, "resourceVersion", ALL)), Map.of());

  /** The API server may be served below another path. */
  private static final Pattern SERVICE_ACCOUNT_PATH =
      Pattern.compile(".*/api/v1/namespaces/[^/]+/serviceaccounts/[^/]+");

  private static final Pattern LIST_PATH =
      Pattern.compile(
          ".*/api/v1/(?:(namespaces|secrets|serviceaccounts|pods)|namespaces/[^/]+/(serviceaccounts))");

  private ObjectMasks() {}

  /** The mask of the response; null = all of it is needed. */
  static FieldMask ofResponse(HttpRequest request) {
    URI uri = request.uri();
    if (SERVICE_ACCOUNT_PATH.matcher(uri.getPath()).matches()) {
      return with(OWNED_SERVICE_ACCOUNT, STATUS);
    }
    Matcher list = LIST_PATH.matcher(uri.getPath());
    boolean isList =
        request.method().equals("GET")
            && list.matches()
            && (uri.getQuery() == null || !uri.getQuery().contains("watch=true"));
    if (!isList) {
      return null;
    }
    if (list.group(2) != null) {
      return list(LISTED_OWNED_SERVICE_ACCOUNT.limitElements(OBJECT_LIMIT));
    }
    return switch (list.group(1)) {
      case "namespaces" -> list(NAMESPACE);
      case "secrets" -> list(PULL_SECRET);
      case "pods" -> list(POD.limitElements(OBJECT_LIMIT));
      default -> list(SERVICE_ACCOUNT.limitElements(OBJECT_LIMIT));
    };
  }

  /** The mask of a watch event with an object of this kind; null = all of it is needed. */
  static FieldMask ofEvent(String kind) {
    return switch (kind) {
      case "Namespace" -> event(NAMESPACE);
      case "Secret" -> event(SECRET);
      case "ServiceAccount" -> event(SERVICE_ACCOUNT.limitField(OBJECT_LIMIT));
      case "Pod" -> event(POD.limitField(OBJECT_LIMIT));
      default -> null;
    };
  }

  /** The mask of a watch event with an object that is ignored. */
  static FieldMask ofIgnoredEvent() {
    return event(NAMED);
  }

  /** The fields of a Status, which the API server returns with an error. */
  private static final Map<String, FieldMask> STATUS =
      Map.of("status", ALL, "message", ALL, "reason", ALL, "details", ALL, "code", ALL);

  private static FieldMask list(FieldMask item) {
    Map<String, FieldMask> fields = new HashMap<>(STATUS);
    fields.put("items", item);
    return object(ALL, fields);
  }

  private static FieldMask event(FieldMask object) {
    return FieldMask.of(Map.of("type", ALL, "object", object));
  }

  private static FieldMask serviceAccount(FieldMask metadata) {
    return object(metadata, Map.of("imagePullSecrets", FieldMask.of(Map.of("name", ALL))));
  }

  private static FieldMask object(FieldMask metadata, Map<String, FieldMask> others) {
    return with(FieldMask.of(Map.of("kind", ALL, "apiVersion", ALL, "metadata", metadata)), others);
  }

  private static FieldMask with(FieldMask mask, Map<String, FieldMask> others) {
    Map<String, FieldMask> fields = new HashMap<>(mask.fields());
    fields.putAll(others);
    return FieldMask.of(fields);
  }
}
