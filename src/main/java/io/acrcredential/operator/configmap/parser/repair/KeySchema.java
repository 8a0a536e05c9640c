// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser.repair;

import java.text.Normalizer;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The keys that a text may have. A key is found in any case, in any character width and with any
 * separators between its words.
 */
public final class KeySchema {

  /** For texts that have no keys. */
  public static final KeySchema NONE = new KeySchema("", Set.of());

  /**
   * @param name as the schema spells it; an unknown key as written
   * @param end the index of the value, after colon and spaces
   */
  record Key(String name, int end) {}

  private static final int MAX_KEY = 64;

  private final String label;
  private final Map<String, String> names = new LinkedHashMap<>();
  private final String itemKey;
  private final Set<String> listKeys;

  /**
   * Of one mapping.
   *
   * @param label the ConfigMap's key
   */
  public KeySchema(String label, Collection<String> names) {
    this(label, names, null, Set.of());
  }

  /**
   * Of a list of mappings.
   *
   * @param label the ConfigMap's key
   * @param itemKey the key that every item has once; null = the text is one mapping
   * @param listKeys the keys whose values are comma-separated lists
   */
  public KeySchema(String label, Collection<String> names, String itemKey, Set<String> listKeys) {
    this.label = label;
    names.forEach(name -> this.names.put(plain(name), name));
    this.itemKey = itemKey;
    this.listKeys = listKeys;
  }

  public String label() {
    return label;
  }

  public Collection<String> names() {
    return names.values();
  }

  boolean isListOfItems() {
    return itemKey != null;
  }

  boolean isItemKey(String name) {
    return name.equals(itemKey);
  }

  /** Whether the value of this key is a comma-separated list. */
  public boolean isListKey(String name) {
    return listKeys.contains(name);
  }

  public boolean knows(String name) {
    return names.containsValue(name);
  }

  /** The key as the schema spells it, or null. */
  public String canonical(String written) {
    return written.length() > MAX_KEY ? null : names.get(plain(written));
  }

  /**
   * The key that begins at {@code from}: a known one before a colon, an equals sign or a blank, any
   * other before a colon that a blank or nothing follows. Null if there is none.
   */
  Key keyAt(String line, int from) {
    if (from >= line.length()) {
      return null;
    }
    char first = line.charAt(from);
    boolean quoted = first == '"' || first == '\'';
    int nameFrom = quoted ? from + 1 : from;
    int nameTo = nameFrom;
    int limit = Math.min(line.length(), from + MAX_KEY);
    while (nameTo < limit && (quoted ? line.charAt(nameTo) != first : inName(line, nameTo))) {
      nameTo++;
    }
    if (quoted && (nameTo >= limit || nameTo == nameFrom)) {
      return null;
    }
    int i = quoted ? nameTo + 1 : nameTo;
    String name = line.substring(nameFrom, nameTo).strip();
    int colon = i;
    while (colon < limit && Character.isWhitespace(line.charAt(colon))) {
      colon++;
    }
    boolean sign = colon < line.length() && ":=".indexOf(line.charAt(colon)) >= 0;
    String known = canonical(name);
    if (sign && known != null) {
      return new Key(known, blanks(line, colon + 1));
    }
    if (sign
        && !name.isEmpty()
        && line.charAt(colon) == ':'
        && (colon + 1 == line.length() || Character.isWhitespace(line.charAt(colon + 1)))) {
      return new Key(name, blanks(line, colon + 1));
    }
    if (!quoted && !sign) { // no colon: the first word may be a key all the same
      int end = nameFrom;
      while (end < nameTo && !Character.isWhitespace(line.charAt(end))) {
        end++;
      }
      known = canonical(line.substring(nameFrom, end));
      int value = blanks(line, end);
      if (known != null && value > end && value < line.length() && line.charAt(value) != '#') {
        return new Key(known, value);
      }
    }
    return null;
  }

  private static boolean inName(String line, int i) {
    char c = line.charAt(i);
    return Character.isLetterOrDigit(c)
        || Character.isWhitespace(c)
        || c == '_'
        || c == '-'
        || c == '.'
        || Character.getType(c) == Character.FORMAT;
  }

  /**
   * Finds where this schema's keys begin a line of a text that belongs to another schema.
   *
   * @return line, from 1, to the key as the schema spells it; only keys that a colon or an equals
   *     sign follows
   */
  public SortedMap<Integer, String> keysByLine(String text) {
    SortedMap<Integer, String> found = new TreeMap<>();
    int number = 0;
    for (Iterator<String> lines = text.lines().iterator(); lines.hasNext(); ) {
      String line = lines.next();
      number++;
      int from = 0;
      while (from < line.length()
          && (line.charAt(from) == '-' || Character.isWhitespace(line.charAt(from)))) {
        from++;
      }
      String head = line.substring(from, Math.min(line.length(), from + MAX_KEY + 1));
      String usual = isAscii(head) ? head : Normalizer.normalize(head, Normalizer.Form.NFKC);
      Key key = keyAt(usual, 0);
      if (key != null
          && knows(key.name())
          && usual.substring(0, key.end()).chars().anyMatch(c -> c == ':' || c == '=')) {
        found.put(number, key.name());
      }
    }
    return found;
  }

  static int blanks(String line, int from) {
    int i = from;
    while (i < line.length() && Character.isWhitespace(line.charAt(i))) {
      i++;
    }
    return i;
  }

  private static String plain(String name) {
    StringBuilder plain = new StringBuilder();
    String usual = isAscii(name) ? name : Normalizer.normalize(name, Normalizer.Form.NFKC);
    for (int i = 0; i < usual.length(); i++) {
      char c = usual.charAt(i);
      if (c != '_'
          && c != '-'
          && c != '.'
          && !Character.isWhitespace(c)
          && Character.getType(c) != Character.FORMAT) {
        plain.append(c);
      }
    }
    return plain.toString().toLowerCase(Locale.ROOT);
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 128) {
        return false;
      }
    }
    return true;
  }
}
