// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.Updatable;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Writes to objects that others write too: the operator, controllers, the API server. {@code
 * edit()} of the client reads an object and patches the version that it has read; if another writes
 * in between, the API server refuses the patch. Here the write is repeated on the new version.
 */
public final class Edits {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Edits() {}

  /**
   * Edits an object.
   *
   * @param resource an object by its name; {@code client.resource(object)} would never read it
   * @param change is called for each attempt with what was read, which it may change and return
   * @return the object as the API server stored it
   * @throws KubernetesClientException if the API server refuses the write for another reason than a
   *     concurrent write, or concurrent writes go on for a minute
   */
  public static <T extends HasMetadata> T edit(Resource<T> resource, UnaryOperator<T> change) {
    return edit(resource, change, resource::edit);
  }

  /** Edits the status of an object, as {@link #edit} does. */
  public static <T extends HasMetadata> T editStatus(
      Resource<T> resource, UnaryOperator<T> change) {
    return edit(resource, change, resource::editStatus);
  }

  private static <T extends HasMetadata> T edit(
      Resource<T> resource, UnaryOperator<T> change, Function<UnaryOperator<T>, T> write) {
    if (resource.item() != null) {
      throw new IllegalArgumentException("the resource must be addressed by its name");
    }
    String[] read = {null};
    return repeat(
        () ->
            write.apply(
                found -> {
                  read[0] = found.getMetadata().getResourceVersion();
                  return change.apply(found);
                }),
        refusal -> isConflict(refusal) || isUnprocessableNow(refusal, resource, read[0]));
  }

  /**
   * Replaces an object by that of the resource, whichever version is there.
   *
   * @param resource an object without a resource version
   * @throws KubernetesClientException as {@link #edit} does
   */
  public static <T extends HasMetadata> T replace(Updatable<T> resource) {
    return repeat(resource::update, Edits::isConflict);
  }

  /** Replaces an object as {@link #replace} does, or creates it if it does not exist. */
  public static <T extends HasMetadata> T createOrReplace(Resource<T> resource) {
    return repeat(() -> resource.createOr(NonDeletingOperation::update), Edits::isConflict);
  }

  private static <T> T repeat(Supplier<T> write, Predicate<KubernetesClientException> repeatable) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return write.get();
      } catch (KubernetesClientException e) {
        if (System.nanoTime() - end > 0 || !repeatable.test(e)) {
          throw e;
        }
      }
    }
  }

  private static boolean isConflict(KubernetesClientException refusal) {
    return refusal.getCode() == HttpURLConnection.HTTP_CONFLICT;
  }

  /**
   * A patch of a list element that another writer removed is refused by this status, before the
   * versions are compared; so is an invalid object.
   */
  private static <T extends HasMetadata> boolean isUnprocessableNow(
      KubernetesClientException refusal, Resource<T> resource, String version) {
    if (refusal.getCode() != ConflictRetry.UNPROCESSABLE) {
      return false;
    }
    T now = resource.get();
    return now != null && !Objects.equals(now.getMetadata().getResourceVersion(), version);
  }
}
