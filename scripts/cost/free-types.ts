const words = (text: string) => text.trim().split(/\s+/);

/** Resource types without charges of their own, or with cents a month. */
export const freeTypes: ReadonlySet<string> = new Set([
  // Settings, names, and relations of other resources.
  ...words(`aws_acm_certificate_validation aws_api_gateway_account aws_appautoscaling_target aws_cloudfront_cache_policy
    aws_cloudfront_origin_access_control aws_cloudfront_response_headers_policy
    aws_cloudwatch_log_delivery_destination aws_cloudwatch_log_delivery_source aws_cloudwatch_log_resource_policy
    aws_default_security_group aws_elasticache_parameter_group aws_elasticache_subnet_group aws_elasticache_user
    aws_elasticache_user_group aws_internet_gateway aws_kms_alias aws_lambda_alias
    aws_lambda_event_source_mapping
    aws_lambda_function_event_invoke_config aws_lambda_function_url aws_lambda_permission aws_route aws_route_table
    aws_route_table_association aws_s3_bucket_lifecycle_configuration aws_s3_bucket_object_lock_configuration
    aws_s3_bucket_ownership_controls aws_s3_bucket_policy aws_s3_bucket_public_access_block
    aws_s3_bucket_server_side_encryption_configuration aws_s3_bucket_versioning aws_scheduler_schedule_group
    aws_sesv2_configuration_set aws_sesv2_email_identity_mail_from_attributes
    aws_security_group aws_sns_topic_policy aws_sqs_queue_policy aws_subnet aws_vpc
    aws_vpc_security_group_egress_rule aws_vpc_security_group_ingress_rule aws_wafv2_web_acl_association
    mongodbatlas_cloud_provider_access_authorization mongodbatlas_cloud_provider_access_setup
    mongodbatlas_cloud_backup_snapshot_export_bucket mongodbatlas_custom_db_role mongodbatlas_database_user mongodbatlas_project mongodbatlas_project_ip_access_list`),
  // Parts of the API, whose requests are charged. Its cache is off.
  ...words(`aws_api_gateway_api_key aws_api_gateway_base_path_mapping aws_api_gateway_deployment aws_api_gateway_domain_name
    aws_api_gateway_gateway_response aws_api_gateway_integration aws_api_gateway_method
    aws_api_gateway_method_settings aws_api_gateway_resource aws_api_gateway_usage_plan
    aws_api_gateway_usage_plan_key`),
  // Free services and features: https://aws.amazon.com/codedeploy/pricing/ for Lambda, public certificates,
  // budgets that only notify, standard parameters, queries to alias records, and Atlas's alerts.
  ...words(`aws_acm_certificate aws_budgets_budget aws_codedeploy_app aws_codedeploy_deployment_group
    aws_iam_openid_connect_provider aws_iam_policy aws_iam_role aws_iam_role_policy aws_iam_role_policy_attachment
    aws_route53_record aws_ssm_parameter mongodbatlas_alert_configuration`),
  // Charged elsewhere: the log group for what is written or delivered, a query when it runs, the bucket that
  // receives replicas, the key, and the endpoint that connects.
  ...words(`aws_cloudwatch_log_delivery aws_cloudwatch_query_definition aws_flow_log aws_s3_bucket_replication_configuration
    aws_wafv2_web_acl_logging_configuration mongodbatlas_encryption_at_rest
    mongodbatlas_privatelink_endpoint_service`),
  // Cents a month: 200 invocations at a dollar a million, a few messages at half a dollar a million or two dollars
  // per hundred thousand e-mails, and data archived after a year.
  ...words(`aws_scheduler_schedule aws_sns_topic aws_sns_topic_subscription mongodbatlas_online_archive`),
]);
