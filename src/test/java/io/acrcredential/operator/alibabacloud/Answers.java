// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

/** HTTP answers as the REST client gives them. */
public final class Answers {

  private Answers() {}

  public static Response of(int status, String body) {
    return of(status, body, null);
  }

  public static Response of(int status, String body, String date) {
    return Response.status(status).entity(body).header(HttpHeaders.DATE, date).build();
  }
}
