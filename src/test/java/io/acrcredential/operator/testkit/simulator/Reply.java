// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What goes back for a call, and the fault that strikes it on the way.
 *
 * @param root the name of the XML form's root element
 * @param fault null if none
 */
record Reply(int status, String outcome, String root, JsonNode body, Faults.Armed fault) {

  /** Whether the answer is bare text, whatever the caller asked for. */
  boolean plain() {
    return body.isTextual();
  }

  byte[] json() {
    return (plain() ? body.asText() : body.toString()).getBytes(UTF_8);
  }

  /** The gateway's default format, for those who do not ask for JSON. */
  byte[] xml() {
    return ("<?xml version='1.0' encoding='UTF-8'?>" + element(root, body)).getBytes(UTF_8);
  }

  private static String element(String name, JsonNode node) {
    var content = new StringBuilder();
    if (node.isArray()) {
      node.forEach(item -> content.append(element(name, item)));
      return content.toString();
    }
    if (node.isObject()) {
      node.properties().forEach(field -> content.append(element(field.getKey(), field.getValue())));
    } else {
      content.append(node.asText().replace("&", "&amp;").replace("<", "&lt;"));
    }
    return "<" + name + ">" + content + "</" + name + ">";
  }

  @Override
  public String toString() {
    return status + " " + outcome;
  }
}
