-- wrk prints the 90th and the 99th percentile; this adds the 95th, in microseconds.
function done(summary, latency, requests)
  io.write(string.format("p95_us=%d\n", latency:percentile(95.0)))
end
