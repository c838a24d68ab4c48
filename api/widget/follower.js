// Following an answer that grows.

/** Keeps the question in sight while its answer grows, until the reader scrolls. */
export function follower(log, exchange) {
  let left = null;
  return () => {
    if (left !== null && left !== log.scrollTop) return;
    log.scrollTop = exchange.offsetTop + exchange.clientTop;
    left = log.scrollTop;
  };
}
