// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import io.acrcredential.operator.alibabacloud.ApiResponse;
import io.acrcredential.operator.alibabacloud.ResponseTooLongException;
import io.acrcredential.operator.text.ExceptionText;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.net.impl.ConnectionBase;
import org.jboss.logging.Logger;

/**
 * Closes the connection of a response that is longer than any valid one while it is read, because
 * the REST client has no limit and buffers the whole response.
 */
final class ResponseLimit extends ChannelInboundHandlerAdapter {

  private static final Logger LOG = Logger.getLogger(ResponseLimit.class);
  private static final String NAME = "responseLimit";

  /** The last handler of Vert.x, which has the decoded and decompressed response. */
  private static final String VERTX_HANDLER = "handler";

  private long length;

  /** Limits the responses of the connection of the request. */
  static void addTo(HttpClientRequest request) {
    if (request.connection() instanceof ConnectionBase connection) {
      ChannelPipeline pipeline = connection.channel().pipeline();
      if (pipeline.get(NAME) == null) {
        pipeline.addBefore(VERTX_HANDLER, NAME, new ResponseLimit());
        // The request fails with it too; without a handler Vert.x logs it as an error.
        connection.exceptionHandler(
            failure -> LOG.debugf("A connection failed: %s", ExceptionText.of(failure)));
      }
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpResponse) {
      length = 0;
    }
    if (message instanceof HttpContent content) {
      length += content.content().readableBytes();
    }
    if (length > ApiResponse.MAX_LENGTH) {
      ReferenceCountUtil.release(message);
      context.fireExceptionCaught(new ResponseTooLongException());
      context.close();
    } else {
      context.fireChannelRead(message);
    }
  }
}
