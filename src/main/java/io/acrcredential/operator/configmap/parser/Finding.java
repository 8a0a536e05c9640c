package io.acrcredential.operator.configmap.parser;

/**
 * Something to tell the ConfigMap's owner, as an Event.
 *
 * @param cause the Event's reason, one of the constants
 * @param message where, what was found, and what to write instead; no value of a key is ever in it
 */
public record Finding(String cause, String message) {

  /** A key that has no meaning; it is passed over. */
  public static final String UNKNOWN_KEY = "UnknownKey";

  /** Not understood; nothing is changed. */
  public static final String UNREADABLE = "Unreadable";

  /** Written with a slip of the pen, and read as meant; the message shows the corrected text. */
  public static final String REPAIRED = "Repaired";

  /** One item, or one value of a list, is left out; the others are used. */
  public static final String ITEM_IGNORED = "ItemIgnored";

  /** Understood, but this operator can't do it yet. */
  public static final String NOT_SUPPORTED = "NotSupported";

  /** Understood, and without effect as things stand. */
  public static final String NO_EFFECT = "NoEffect";

  /**
   * {@code service-account: "*"} does not reach all namespaces, as some editions of the original's
   * docs say.
   */
  public static final String LIMITED = "NamespacesLimited";
}
