// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The string constants of compiled classes, with constant expressions evaluated: the entries {@code
 * CONSTANT_String} of the constant pool (Java Virtual Machine Specification, section 4.4).
 */
public final class ClassFileStrings {

  /** Stands for a value in the recipe of a string concatenation. */
  private static final String CONCATENATED = "[\u0001\u0002]";

  private ClassFileStrings() {}

  /** All strings of the classes below this folder; a concatenation counts as its constant parts. */
  public static Set<String> in(Path folder) throws IOException {
    Set<String> strings = new TreeSet<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".class")).toList()) {
        for (String string : stringsOf(file)) {
          strings.addAll(List.of(string.split(CONCATENATED)));
        }
      }
    }
    return strings;
  }

  private static List<String> stringsOf(Path file) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      in.skipNBytes(8); // magic number and version
      int count = in.readUnsignedShort();
      String[] texts = new String[count];
      List<Integer> strings = new ArrayList<>();
      for (int i = 1; i < count; i++) {
        int tag = in.readUnsignedByte();
        switch (tag) {
          case 1 -> texts[i] = in.readUTF();
          case 8 -> strings.add(in.readUnsignedShort());
          case 7, 16, 19, 20 -> in.skipNBytes(2);
          case 15 -> in.skipNBytes(3);
          case 3, 4, 9, 10, 11, 12, 17, 18 -> in.skipNBytes(4);
          case 5, 6 -> {
            in.skipNBytes(8);
            i++; // a long or double takes two entries
          }
          default -> throw new IOException(file + " has a constant of unknown tag " + tag);
        }
      }
      return strings.stream().map(index -> texts[index]).toList();
    }
  }
}
