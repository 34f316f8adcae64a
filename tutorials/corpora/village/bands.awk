# Joins bands.txt (task, metric, the least that the test is to reach) with what t5 evaluate printed
# of two splits, test and unseen. Exit status 1 when a task is below its band.
FNR == 1 { ++file }
file == 1 && /^[a-z]/ { names[++count] = $1; metric[$1] = $2; least[$1] = $3; next }
file == 1 || $2 != metric[$1] { next }
file == 2 { test[$1] = $3; next }
{ unseen[$1] = $3 }
END {
  printf "%-15s %-13s %9s %9s %9s\n", "task", "metric", "test", "unseen", "at least"
  for (i = 1; i <= count; ++i) {
    name = names[i]
    low = test[name] < least[name]
    below += low
    printf "%-15s %-13s %9.3f %9.3f %9.2f%s\n", name, metric[name], test[name], unseen[name],
           least[name], low ? "  below" : ""
  }
  if (below > 0) printf "%d of %d tasks are below what they usually reach\n", below, count
  exit below > 0
}
