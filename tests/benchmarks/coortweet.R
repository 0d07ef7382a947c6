# CooRTweet on the synthetic log: Rscript coortweet.R LOG.csv PAIRS.csv WINDOW_S MIN_CONTENTS
# Writes the pairs, and prints one line: seconds of the join, seconds with reading, CooRTweet's version.
suppressMessages({library(CooRTweet); library(data.table)})
options <- commandArgs(trailingOnly = TRUE)
window <- as.numeric(options[3]); least <- as.numeric(options[4])
began <- proc.time()[["elapsed"]]
log <- fread(options[1], select = c("message_id", "user_id", "repost_id", "timestamp"))
setnames(log, c("content_id", "account_id", "object_id", "timestamp_share"))
log[, content_id := as.character(content_id)]
read <- proc.time()[["elapsed"]]
found <- as.data.table(detect_groups(log, time_window = window, min_participation = least))
found[, `:=`(a = pmin(account_id, account_id_y), b = pmax(account_id, account_id_y))]
pairs <- found[a != b, .(n = uniqueN(object_id)), by = .(a, b)][n >= least]
done <- proc.time()[["elapsed"]]
fwrite(pairs, options[2])
cat(done - read, done - began, as.character(packageVersion("CooRTweet")), "\n")
