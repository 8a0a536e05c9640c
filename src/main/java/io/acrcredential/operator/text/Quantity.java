// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.text;

/** Numbers with their nouns, for messages to people. */
public final class Quantity {
  private Quantity() {}

  /** {@code 1 namespace}, {@code 2 namespaces}. */
  public static String of(int number, String singular) {
    return number + " " + noun(number, singular);
  }

  /** The noun alone; nouns with an irregular plural are not supported. */
  public static String noun(int number, String singular) {
    return number == 1 ? singular : singular + "s";
  }
}
