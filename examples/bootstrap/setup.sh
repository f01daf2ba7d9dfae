#!/bin/sh
# Stores the parameters and the secret of the examples, in the account and region of the AWS CLI.
set -eu

aws ssm put-parameter --overwrite --name /shop/dev/port --type String --value 8080
aws ssm put-parameter --overwrite --name /shop/dev/greeting --type String --value 'Welcome to the shop'
aws ssm put-parameter --overwrite --name /shop/dev/mail/from --type String --value shop@example.com
aws ssm put-parameter --overwrite --name /shop/dev/mail/apiKey --type SecureString --value example-mail-key
aws secretsmanager create-secret --name dev/db --secret-string '{"username":"shop","password":"example-password"}'
