// SPDX-License-Identifier: Apache-2.0
/** What a link of the chain says, in two languages. */
package io.acrcredential.operator.explain.finding;
