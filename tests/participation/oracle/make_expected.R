# Computes expected_more.json with R's survey from the answers that make_answers.py wrote.
# Run once by hand: Rscript tests/participation/oracle/make_expected.R. The tests read the result and need no R.
suppressPackageStartupMessages(library(survey))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
dimensions <- c("know", "discuss", "do", "inspect")
figure <- function(x) ifelse(is.na(x), "null", sprintf("%.17g", x))
json <- function(x) {
  if (is.list(x)) {
    parts <- mapply(function(name, value) sprintf('"%s": %s', name, json(value)), names(x), x)
    paste0("{", paste(parts, collapse = ", "), "}")
  } else if (length(x) > 1) paste0("[", paste(figure(unname(x)), collapse = ", "), "]")
  else if (is.character(x)) sprintf('"%s"', x) else figure(unname(x))
}

read_case <- function(case) {
  d <- read.csv(file.path(here, paste0(case, ".csv")))
  for (name in dimensions) {
    code <- d[[name]]
    d[[paste0(name, "_answered")]] <- !(is.na(code) | code == 9)
    d[[paste0(name, "_code")]] <- code
    d[[name]] <- as.numeric(!is.na(code) & code == 1)
  }
  d$all4 <- as.numeric(rowSums(d[dimensions]) == 4)
  d$mean4 <- rowMeans(d[dimensions])
  d
}

# Clopper-Pearson with the effective size, FPC kept, deff not below that of a simple random sample.
kg <- function(p, v, n, df, N, level, limited = TRUE) {
  tail <- (1 - level) / 2
  size <- n
  if (p > 0 && p < 1) {
    size <- p * (1 - p) / v * (qt(tail, n - 1) / qt(tail, df))^2
    if (limited) size <- min(size, if (N > n * (1 + 1e-9)) n * (N - 1) / (N - n) else Inf)
  }
  c(qbeta(tail, size * p, size * (1 - p) + 1), qbeta(1 - tail, size * p + 1, size * (1 - p)))
}

estimate <- function(design, name, population = NULL) {
  m <- svymean(as.formula(paste0("~", name)), design)
  inside <- weights(design, "sampling") != 0
  p <- unname(coef(m)); v <- as.numeric(vcov(m)); n <- sum(inside); df <- degf(design)
  if (name == "mean4") {
    t <- function(level) p + c(-1, 1) * qt((1 + level) / 2, df) * sqrt(v)
    return(list(p = p, se = sqrt(v), df = df, n = n, ci95 = list(linear = t(.95)), ci90 = list(linear = t(.9))))
  }
  N <- if (is.null(population)) sum(weights(design, "sampling")) else population * n / nrow(design)
  list(p = p, se = sqrt(v), df = df, n = n, n_eff = if (v > 0) p * (1 - p) / v else NA,
       ci95 = list(kg_deff1 = kg(p, v, n, df, N, .95)), ci90 = list(kg_deff1 = kg(p, v, n, df, N, .9)))
}

every <- function(design, names = c(dimensions, "all4", "mean4"), ...) {
  sapply(names, function(name) estimate(design, name, ...), simplify = FALSE)
}
answered <- function(design) {
  sapply(dimensions, function(name) {
    keep <- design$variables[[paste0(name, "_answered")]]
    estimate(subset(design, keep), name)
  }, simplify = FALSE)
}
groups <- function(design) {
  list(overall = every(design), answered_only = answered(design),
       domain_female = every(subset(design, gender == "F"), c("know", "all4")),
       domain_minority = every(subset(design, ethnicity == "minority"), c("know", "all4")))
}
stratified <- function(d, ...) svydesign(ids = ~hh, strata = ~village, weights = ~weight, fpc = ~n_hh, data = d, ...)

cells <- data.frame(gender = c("F", "F", "M", "M"), ethnicity = c("majority", "minority"), Freq = c(81, 119, 72, 122))
by_gender <- c(F = 205, M = 189); by_ethnicity <- c(majority = 151, minority = 243)
raked <- function(design, gender, ethnicity) {
  calibrate(design, ~gender + ethnicity, calfun = "raking", epsilon = 1e-14, maxit = 1000,
            population = c("(Intercept)" = sum(gender), genderM = gender[["M"]], ethnicityminority = ethnicity[["minority"]]))
}

out <- list()
d <- read_case("d01_household_clusters"); design <- stratified(d)
out$d01_household_clusters <- groups(design)
out$d01_household_clusters$post_strata <- every(postStratify(design, ~gender + ethnicity, cells))
out$d02_post_strata <- groups(postStratify(stratified(read_case("d02_post_strata")), ~gender + ethnicity, cells))
out$d03_raked <- groups(raked(stratified(read_case("d03_raked")), by_gender, by_ethnicity))
out$d04_one_village_complete <- groups(stratified(read_case("d04_one_village_complete")))
d <- read_case("d05_two_stages_clusters")
design <- svydesign(ids = ~village + hh, weights = ~weight, fpc = ~n_villages + n_hh, data = d)
out$d05_two_stages_clusters <- groups(design)
out$d05_two_stages_clusters$post_strata <- every(postStratify(design, ~gender + ethnicity, cells))
out$d07_relative_weights <- list(
  overall = every(stratified(read_case("d07_relative_weights")), population = 394))
d <- read_case("d08_raked_one_village")
g <- c(F = 93, M = 107); e <- c(majority = 70, minority = 130)
by_hand <- rake(stratified(d), list(~gender, ~ethnicity), control = list(epsilon = 1e-13, maxit = 10000),
  list(data.frame(gender = names(g), Freq = g), data.frame(ethnicity = names(e), Freq = e)))
out$d08_raked_one_village <- groups(by_hand)

d <- read_case("d06_panel"); design <- stratified(d)
out$d06_panel <- sapply(c(dimensions, "all4"), function(name) {
  first <- subset(design, round == 1); second <- subset(design, round == 2)
  one <- estimate(first, name); two <- estimate(second, name)
  both <- svyby(as.formula(paste0("~", name)), ~round, design, svymean, covmat = TRUE)
  v <- vcov(both); change <- svycontrast(both, c(-1, 1))
  bounds <- function(level) {
    a <- kg(one$p, one$se^2, one$n, one$df, Inf, level, FALSE)
    b <- kg(two$p, two$se^2, two$n, two$df, Inf, level, FALSE)
    rho <- v[1, 2] / sqrt(v[1, 1] * v[2, 2]); difference <- two$p - one$p
    reach <- function(x, y) sqrt(x^2 + y^2 - 2 * rho * x * y)
    c(difference - reach(two$p - b[1], a[2] - one$p), difference + reach(b[2] - two$p, one$p - a[1]))
  }
  list(p1 = one$p, p2 = two$p, se1 = one$se, se2 = two$se, cov12 = v[1, 2], diff = as.numeric(coef(change)),
       se = as.numeric(SE(change)), df = degf(design), ci95 = list(mover_beta = bounds(.95)), ci90 = list(mover_beta = bounds(.9)))
}, simplify = FALSE)

meta <- list(R = R.version.string, survey = as.character(packageVersion("survey")))
writeLines(json(list(meta = meta, cases = out)), file.path(here, "expected_more.json"))
