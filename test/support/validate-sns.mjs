// Verifies messages of SNS with sns-validator, whose requests for the certificate go to a server of the test.
import https from 'node:https'
import { connect } from 'node:tls'
import MessageValidator from 'sns-validator'

const [port, ...messages] = process.argv.slice(2)
https.globalAgent = new https.Agent()
https.globalAgent.createConnection = ({ servername }) =>
  connect({ host: '127.0.0.1', port: Number(port), servername, rejectUnauthorized: false })

for (const message of messages) {
  const outcome = await new Promise((resolve) => {
    new MessageValidator().validate(message, (error, valid) => resolve(error?.message ?? `valid ${valid.Type}`))
  })
  console.log(outcome)
}
https.globalAgent.destroy()
