#include "net/dialects/openai.hpp"

#include <catch2/catch.hpp>

using namespace gateway;
using namespace std::chrono_literals;

namespace {

using Kind = FailureKind;

/// An error of OpenAI's shape.
std::string
error(const std::string& code, const std::string& message, const std::string& type = "") {
  return R"({"error":{"message":")" + message + R"(","type":")" + type
    + R"(","param":null,"code":")" + code + R"("}})";
}

} // namespace

TEST_CASE("every vendor's error has a class", "[dialects][openai][failure]") {
  struct Row {
    const char* when; // vendor: what
    int status;
    std::string body;
    Kind kind;
  };
  const auto row = GENERATE(
    // Rate limited.
    Row{
      "OpenAI: rate",
      429,
      error(
        "rate_limit_exceeded", "Rate limit reached for m-1. Please try again in 1.2s.", "tokens"),
      Kind::rate_limited},
    Row{"OpenAI: ramp", 429, error("slow_down", "Slow down"), Kind::rate_limited},
    Row{"OpenAI: of old, by type only", 429, error("", "Too many", "requests"), Kind::rate_limited},
    Row{"Azure", 429, error("429", "Please retry after 7 seconds."), Kind::rate_limited},
    Row{
      "Mistral",
      429,
      R"({"object":"error","message":"Rate limit exceeded","type":"rate_limited","param":null,"code":"1300","raw_status_code":429})",
      Kind::rate_limited},
    Row{"Mistral of old", 429, R"({"message":"Requests rate limit exceeded"})", Kind::rate_limited},
    Row{"Z.ai: concurrency", 429, error("1302", "x"), Kind::rate_limited},
    Row{"Z.ai: a number", 429, R"({"error":{"code":1305,"message":"x"}})", Kind::rate_limited},
    Row{
      "DashScope",
      429,
      R"({"error":{"code":"limit_requests","message":"x","type":"limit_requests","param":null},"request_id":"r"})",
      Kind::rate_limited},
    Row{"DashScope: throttling", 429, error("Throttling.RateQuota", "x"), Kind::rate_limited},
    Row{"Moonshot", 429, error("", "x", "rate_limit_reached_error"), Kind::rate_limited},
    Row{
      "Cerebras: minute",
      429,
      error("token_quota_exceeded", "Tokens per minute"),
      Kind::rate_limited},
    Row{
      "OpenRouter: within 200",
      200,
      R"({"error":{"code":429,"message":"Rate limit exceeded","metadata":{"error_type":"rate_limit_exceeded"}}})",
      Kind::rate_limited},
    Row{
      "MiniMax", 200, R"({"base_resp":{"status_code":1002,"status_msg":"x"}})", Kind::rate_limited},
    Row{"an empty 429", 429, "", Kind::rate_limited},
    Row{"a proxy's 429", 429, "<html>Too Many Requests</html>", Kind::rate_limited},
    Row{
      "Gemini's compatible endpoint: minute",
      429,
      R"([{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]}]}}])",
      Kind::rate_limited},
    Row{
      "Cohere: minute",
      429,
      R"({"message":"You are past the per minute request limit, please wait and try again later."})",
      Kind::rate_limited},
    Row{
      "a quota of a minute, in words",
      429,
      error("", "Quota exceeded: 5 per minute"),
      Kind::rate_limited},
    // Quota exhausted.
    Row{
      "Cohere: month",
      429,
      R"({"message":"You are using a Trial key, which is limited to 1000 API calls / month."})",
      Kind::quota_exhausted},
    Row{
      "some words between", 429, error("", "Insufficient account balance"), Kind::quota_exhausted},
    Row{
      "OpenAI: quota",
      429,
      error("insufficient_quota", "x", "insufficient_quota"),
      Kind::quota_exhausted},
    Row{
      "OpenAI: the code counts, not the type",
      429,
      error("rate_limit_exceeded", "x", "insufficient_quota"),
      Kind::rate_limited},
    Row{"OpenAI: credit", 429, error("credit_balance_exhausted", "x"), Kind::quota_exhausted},
    Row{"OpenAI: billing", 429, error("billing_hard_limit_reached", "x"), Kind::quota_exhausted},
    Row{
      "OpenAI: by text", 429, error("", "You exceeded your current quota"), Kind::quota_exhausted},
    Row{"Azure: quota", 403, error("QuotaExceeded", "x"), Kind::quota_exhausted},
    Row{"Azure: quota, in words", 403, error("403", "Quota exceeded"), Kind::quota_exhausted},
    Row{"Azure: volume", 403, error("403", "Out of call volume quota"), Kind::quota_exhausted},
    Row{
      "Groq: day",
      429,
      error(
        "rate_limit_exceeded",
        "Limit 1000 on requests per day (RPD). Try again in 7m12s.",
        "requests"),
      Kind::quota_exhausted},
    Row{"DeepSeek: balance", 402, error("", "Insufficient Balance"), Kind::quota_exhausted},
    Row{
      "xAI: credits",
      429,
      R"({"code":"x","error":"Your team has used all available credits or reached its monthly spending limit"})",
      Kind::quota_exhausted},
    Row{"Fireworks: suspended", 412, "", Kind::quota_exhausted},
    Row{
      "OpenRouter: credits", 402, R"({"error":{"code":402,"message":"x"}})", Kind::quota_exhausted},
    Row{
      "Moonshot: quota",
      429,
      error("", "x", "exceeded_current_quota_error"),
      Kind::quota_exhausted},
    Row{"Z.ai: balance", 429, error("1113", "x"), Kind::quota_exhausted},
    Row{"Z.ai: day", 429, error("1304", "x"), Kind::quota_exhausted},
    Row{"Z.ai: a plan's hours", 429, error("1308", "x"), Kind::quota_exhausted},
    Row{"Z.ai: a plan's week", 429, error("1321", "x"), Kind::quota_exhausted},
    Row{
      "DashScope: free tier",
      403,
      error("AllocationQuota.FreeTierOnly", "x"),
      Kind::quota_exhausted},
    Row{"DashScope: arrears", 400, error("Arrearage", "x"), Kind::quota_exhausted},
    Row{"MiniMax: balance", 200, R"({"base_resp":{"status_code":1008}})", Kind::quota_exhausted},
    Row{
      "Cerebras: day",
      429,
      error("request_quota_exceeded", "Requests per day"),
      Kind::quota_exhausted},
    Row{
      "Gemini's compatible endpoint: day",
      429,
      R"([{"error":{"code":429,"message":"Quota. Please retry in 58s.","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}}])",
      Kind::quota_exhausted},
    // Overloaded.
    Row{"OpenAI: overload", 503, error("server_is_overloaded", "x"), Kind::overloaded},
    Row{"OpenAI: slow down of old", 503, error("slow_down", "x"), Kind::overloaded},
    Row{"Groq: flex", 498, error("", "x"), Kind::overloaded},
    Row{
      "Mistral: tier",
      429,
      R"({"message":"Service tier capacity exceeded","code":"3505"})",
      Kind::overloaded},
    Row{
      "Mistral: tier, without its code",
      429,
      R"({"message":"Service tier capacity exceeded for this model."})",
      Kind::overloaded},
    Row{"Moonshot: engine", 429, error("", "x", "engine_overloaded_error"), Kind::overloaded},
    Row{
      "Cerebras: queue",
      429,
      error("queue_exceeded", "We're experiencing high traffic"),
      Kind::overloaded},
    Row{"Z.ai: busy", 429, error("1312", "x"), Kind::overloaded},
    Row{
      "xAI: within 200",
      200,
      R"({"code":"The service is currently unavailable","error":"Try again"})",
      Kind::overloaded},
    Row{
      "llama.cpp: loading",
      503,
      R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})",
      Kind::overloaded},
    Row{"MiniMax: busy", 200, R"({"base_resp":{"status_code":1000}})", Kind::overloaded},
    Row{"Together", 529, "", Kind::overloaded},
    Row{"a proxy's 503", 503, "<html></html>", Kind::overloaded},
    Row{"overload as a 500", 500, error("", "The model is overloaded"), Kind::overloaded},
    // Context.
    Row{"OpenAI: context", 400, error("context_length_exceeded", "x"), Kind::context_too_long},
    Row{
      "vLLM: by text",
      400,
      R"({"object":"error","message":"This model's maximum context length is 4096 tokens","type":"BadRequestError","param":null,"code":400})",
      Kind::context_too_long},
    Row{
      "llama.cpp: context",
      400,
      R"({"error":{"code":400,"message":"x","type":"exceed_context_size_error","n_ctx":4096}})",
      Kind::context_too_long},
    Row{
      "Together: context as a 422",
      422,
      error("", "`inputs` tokens + `max_new_tokens` must be <= 4097"),
      Kind::context_too_long},
    Row{
      "Together: context as a 403",
      403,
      error("", "`inputs` tokens + `max_new_tokens` must be <= 4097"),
      Kind::context_too_long},
    Row{
      "Mistral: context",
      400,
      R"({"message":"too large for model","code":"3051"})",
      Kind::context_too_long},
    Row{
      "Moonshot: context",
      400,
      error("", "exceeded model token limit", "invalid_request_error"),
      Kind::context_too_long},
    Row{
      "DashScope: context",
      400,
      error("InvalidParameter", "Range of input length should be [1, 6000]"),
      Kind::context_too_long},
    Row{"Z.ai: context", 400, error("1261", "x"), Kind::context_too_long},
    // Content.
    Row{"OpenAI: policy", 400, error("content_policy_violation", "x"), Kind::content_filtered},
    Row{"OpenAI: prompt", 400, error("invalid_prompt", "x"), Kind::content_filtered},
    Row{"Azure: filter", 400, error("content_filter", "x"), Kind::content_filtered},
    Row{"DashScope: inspection", 400, error("DataInspectionFailed", "x"), Kind::content_filtered},
    Row{"Z.ai: sensitive", 400, error("1301", "x"), Kind::content_filtered},
    Row{"MiniMax: sensitive", 200, R"({"base_resp":{"status_code":1026}})", Kind::content_filtered},
    Row{
      "xAI: safety",
      403,
      R"({"code":"x","error":"Content violates safety guidelines"})",
      Kind::content_filtered},
    Row{
      "OpenRouter: moderation",
      403,
      R"({"error":{"code":403,"message":"x","metadata":{"reasons":["violence"]}}})",
      Kind::content_filtered},
    // Credentials, model, size, the rest.
    Row{"OpenAI: key", 401, error("invalid_api_key", "x"), Kind::credentials},
    Row{"a 401 without a body", 401, "", Kind::credentials},
    Row{"a 403 of another kind", 403, error("", "Forbidden"), Kind::credentials},
    Row{"OpenAI: model", 404, error("model_not_found", "x"), Kind::model_not_found},
    Row{
      "OpenAI: no access to the model", 403, error("model_not_found", "x"), Kind::model_not_found},
    Row{"Groq: gone model", 400, error("model_decommissioned", "x"), Kind::model_not_found},
    Row{"Azure: deployment", 404, error("DeploymentNotFound", "x"), Kind::model_not_found},
    Row{"GitHub: retired", 410, "", Kind::model_not_found},
    Row{
      "OpenAI: larger than a minute",
      429,
      error("rate_limit_exceeded", "Request too large for m-1 on tokens per min (TPM)", "tokens"),
      Kind::request_too_large},
    Row{
      "Groq: larger than a minute",
      413,
      error("rate_limit_exceeded", "x", "tokens"),
      Kind::request_too_large},
    Row{"a proxy's 413", 413, "", Kind::request_too_large},
    Row{"OpenAI: parameter", 400, error("unsupported_parameter", "x"), Kind::bad_request},
    Row{
      "a parameter that sounds like a filter",
      400,
      error("unknown_parameter", "Unknown parameter: safety_identifier"),
      Kind::bad_request},
    Row{
      "Mistral: extra input",
      422,
      R"({"detail":[{"loc":["body","x"],"msg":"Extra inputs"}]})",
      Kind::bad_request},
    Row{"FastAPI: a text", 400, R"({"detail":"Bad"})", Kind::bad_request},
    Row{
      "Cloudflare",
      400,
      R"({"errors":[{"code":5007,"message":"No such"}],"success":false})",
      Kind::bad_request},
    Row{"MiniMax: parameters", 200, R"({"base_resp":{"status_code":2013}})", Kind::bad_request},
    Row{"OpenAI: server", 500, error("", "x", "server_error"), Kind::server_error},
    Row{"a bad gateway", 502, "", Kind::server_error},
    Row{"an error within 200", 200, R"({"error":{"message":"x"}})", Kind::server_error},
    Row{"an error's text within 200", 200, R"({"error":"x"})", Kind::server_error},
    Row{
      "OpenRouter: a bad gateway within 200",
      200,
      R"({"error":{"code":502,"message":"x"}})",
      Kind::server_error},
    Row{"a gateway time-out", 504, "", Kind::timed_out},
    Row{"a request time-out", 408, "", Kind::timed_out},
    Row{"no answer at all", 200, "hello", Kind::invalid_answer},
    Row{"a redirect", 302, "", Kind::invalid_answer});
  CAPTURE(row.when);
  const auto failure = classify_openai(row.status, {}, row.body);
  CHECK(failure_text(failure.kind) == failure_text(row.kind));
  CHECK(failure.status == row.status);
  CHECK_FALSE(failure.message.empty());
}

TEST_CASE(
  "the field at fault is named, a provider's own text never", "[dialects][openai][failure]") {
  const auto param_of = [](const std::string& body) {
    return classify_openai(400, {}, body).param;
  };
  CHECK(
    param_of(R"({"error":{"message":"x","param":"messages[2].content"}})")
    == "messages[2].content");
  CHECK(param_of(R"({"detail":[{"loc":["body","top_k"],"msg":"x"}]})") == "top_k");
  CHECK(param_of(R"({"error":{"message":"x","param":"<b>secret</b>"}})").empty());
  CHECK(param_of(R"({"error":{"message":"x","param":7}})").empty());
  CHECK(param_of(R"({"error":{"message":"x","param":")" + std::string(65, 'a') + R"("}})").empty());
  const auto failure = classify_openai(400, {}, error("", "key sk-secret is bad"));
  CHECK(failure.message.find("secret") == std::string::npos);
}

TEST_CASE("an error's body may be anything", "[dialects][openai][failure]") {
  const std::string body = GENERATE(
    "[]",
    "[[]]",
    "{}",
    "null",
    R"({"error":null})",
    R"({"error":[1]})",
    R"({"error":{"code":{},"type":[],"message":5,"metadata":7,"details":"x"}})",
    R"({"detail":[]})",
    R"({"detail":[7]})",
    R"({"detail":[{"loc":[1],"msg":2}]})",
    R"({"errors":[[]]})",
    R"({"base_resp":{}})",
    R"({"base_resp":[]})",
    "\xFF\xFE",
    "{\"error\":");
  CAPTURE(body);
  CHECK(classify_openai(500, {}, body).kind == Kind::server_error);
  CHECK(classify_openai(400, {}, body).kind == Kind::bad_request);
}
