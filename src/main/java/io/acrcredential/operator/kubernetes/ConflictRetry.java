// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Repeats a write that another writer got ahead of. Three status codes report this: 409 for a PUT
 * or DELETE of an old version and for a POST of an existing object, 422 for a JSON patch whose test
 * fails, 404 for an object that has been deleted.
 */
public final class ConflictRetry {

  /**
   * With many concurrent writers a single attempt often loses. After this many attempts the caller
   * fails, and its back-off gives other work a turn.
   */
  static final int MAX_ATTEMPTS = 20;

  /**
   * The API server refuses a JSON patch whose test fails or whose path is missing with this status,
   * an invalid object, and what a ValidatingAdmissionPolicy denies.
   */
  public static final int UNPROCESSABLE = 422;

  private ConflictRetry() {}

  /**
   * Writes on the basis of an observed state. After a conflict it reads the state again and repeats
   * the write. The statuses have other causes too, such as an admission webhook: they are conflicts
   * only if the object has changed. One 409 is repeated nevertheless, because an object that was in
   * the way of a creation may have been deleted meanwhile.
   *
   * @param observed null = the object does not exist, as far as is known
   * @param read the current state; null = the object does not exist
   * @param version the resource version of a state
   * @param write is given the latest state, which may be null
   * @throws KubernetesClientException any other refusal, and the last conflict after {@link
   *     #MAX_ATTEMPTS}
   */
  public static <S, T> T run(
      S observed, Supplier<S> read, Function<S, String> version, Function<S, T> write) {
    S current = observed;
    boolean repeatedUnchanged = false;
    for (int attempt = 1; ; attempt++) {
      try {
        return write.apply(current);
      } catch (KubernetesClientException e) {
        if (attempt == MAX_ATTEMPTS || !isConflict(e)) {
          throw e;
        }
        S latest = read.get();
        if (isSame(current, latest, version)) {
          if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || repeatedUnchanged) {
            throw e;
          }
          repeatedUnchanged = true;
        }
        current = latest;
      }
    }
  }

  /** Whether the status code reports that another client has changed the object. */
  public static boolean isConflict(KubernetesClientException e) {
    return e.getCode() == HttpURLConnection.HTTP_CONFLICT
        || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
        || e.getCode() == UNPROCESSABLE;
  }

  private static <S> boolean isSame(S before, S now, Function<S, String> version) {
    return before == null || now == null
        ? before == now
        : Objects.equals(version.apply(before), version.apply(now));
  }
}
