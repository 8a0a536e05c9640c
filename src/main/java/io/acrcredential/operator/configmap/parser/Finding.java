// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

/**
 * A mistake in the ConfigMap, or something else that its owner should know; it becomes an Event.
 *
 * @param cause the Event's reason, one of the constants
 * @param message where, what was found, and what to write instead; it never contains an AccessKey
 */
public record Finding(String cause, String message) {

  /** A key that is not documented is ignored. */
  public static final String UNKNOWN_KEY = "UnknownKey";

  /** The ConfigMap cannot be parsed, so nothing is changed. */
  public static final String UNREADABLE = "Unreadable";

  /** Malformed input was repaired; the message shows the corrected text. */
  public static final String REPAIRED = "Repaired";

  /** An item, or a value of a list, is left out; the others are used. */
  public static final String ITEM_IGNORED = "ItemIgnored";

  /** The ConfigMap no longer lists any registry, although it did before. */
  public static final String REGISTRIES_REMOVED = "RegistriesRemoved";

  /** A documented setting that this operator does not implement. */
  public static final String NOT_SUPPORTED = "NotSupported";

  /** A setting that has no effect, because another one is missing. */
  public static final String NO_EFFECT = "NoEffect";

  /**
   * {@code service-account: "*"} does not include all namespaces, although some editions of Alibaba
   * Cloud's documentation say so.
   */
  public static final String LIMITED = "NamespacesLimited";
}
