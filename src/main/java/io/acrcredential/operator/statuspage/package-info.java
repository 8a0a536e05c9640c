// SPDX-License-Identifier: Apache-2.0
/**
 * The status page: a server on loopback that shows people what the operator does, and changes
 * nothing. It is plain HTML from {@link io.acrcredential.operator.statuspage.Html}. A template
 * engine would parse its templates at every start, although the page is usually off.
 */
package io.acrcredential.operator.statuspage;
